#include "protocols/probe/machine.h"

#include <boost/json.hpp>

#include <unistd.h>
#include <utmpx.h>

#include <cstring>
#include <fstream>

#include "core/utf8.h"

namespace klarsyn {
namespace {

// "03/14/2021", as firmware writes it.
std::string iso_of_bios(const std::string& text) {
    Date date;
    if (std::sscanf(text.c_str(), "%2d/%2d/%4d", &date.month, &date.day, &date.year) != 3)
        return "";
    return valid_date(date) && date.year >= 1990 ? iso_date(day_of(date)) : "";
}

}  // namespace

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string first_line(const std::string& path) {
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.pop_back();
    line.erase(0, line.find_first_not_of(" \t"));
    return line;
}

std::string machine_json(const std::string& root) {
    const std::string dmi = root + "/sys/class/dmi/id/";
    boost::json::object object;
    std::string model = first_line(dmi + "sys_vendor");
    const std::string product = first_line(dmi + "product_name");
    if (!product.empty()) model += (model.empty() ? "" : " ") + product;
    if (model.size() > 120) model.resize(120);
    if (!product.empty() && well_formed_utf8(model)) object["model"] = model;
    if (const std::string date = iso_of_bios(first_line(dmi + "bios_date")); !date.empty())
        object["bios_date"] = date;
    const std::string serial = first_line(dmi + "product_serial");
    if (!serial.empty() && serial.size() <= 120 && well_formed_utf8(serial))
        object["serial"] = serial;
    return object.empty() ? "" : boost::json::serialize(object);
}

std::optional<UtcSecond> session_began(const std::string& user) {
    std::optional<UtcSecond> latest;
    ::setutxent();
    while (const utmpx* entry = ::getutxent()) {
        const std::string name(entry->ut_user, ::strnlen(entry->ut_user, sizeof entry->ut_user));
        if (entry->ut_type != USER_PROCESS || name != user) continue;
        const UtcSecond at = entry->ut_tv.tv_sec;
        if (!latest || at > *latest) latest = at;
    }
    ::endutxent();
    return latest;
}

}  // namespace klarsyn
