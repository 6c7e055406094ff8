#include "modules/assets/simulate.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "core/random.h"
#include "core/time.h"
#include "modules/assets/assets.h"

namespace klarsyn::assets {
namespace {

constexpr std::array<std::string_view, 6> kHospitals{"RH", "HGH", "AHH", "BFH", "NOH", "RHP"};
constexpr std::array<std::string_view, 3> kZealand{"SUH", "HOL", "NYK"};
constexpr std::array<std::string_view, 3> kCentres{"HVH", "RH", "HGH"};
constexpr std::array<std::string_view, 4> kPcModels{"OptiPlex 780", "OptiPlex 990",
                                                    "EliteBook 8440p", "Compaq 6200"};
constexpr std::array<std::string_view, 11> kSystems{"EPM",  "Labka", "OPUS",         "RIS",
                                                    "PACS", "ORBIT", "MIRSK",        "Webmail",
                                                    "FMK",  "ESA",   "Patientportal"};

struct DeviceKind {
    std::string_view kind, model, manufacturer,
        other_name;  // the maker as the other region writes it
    int every_months, price;
};
constexpr std::array<DeviceKind, 6> kDevices{
    {{"infusionspumpe", "Infusomat Space", "B. Braun", "B. Braun Medical", 12, 14500},
     {"patientmonitor", "IntelliVue MX450", "Philips", "Philips Healthcare", 24, 48000},
     {"ventilator", "SERVO-i", "Maquet", "Maquet Critical Care", 6, 185000},
     {"ultralydsscanner", "Logiq E9", "GE", "GE Healthcare", 12, 620000},
     {"defibrillator", "LIFEPAK 20", "Physio-Control", "Physio-Control Inc", 12, 76000},
     {"sengevægt", "seca 676", "seca", "seca", 0, 9800}}};

constexpr double kLateService = 0.2;

Day extract_day() { return day_of({2013, 4, 30}); }

template <std::size_t N>
std::string_view any(Random& random, const std::array<std::string_view, N>& list) {
    return list[static_cast<std::size_t>(random.below(N))];
}

// Most PCs are young, some are old: between 0 and 9 years.
Day pc_base(Random& random) {
    const double years = random.chance(0.75) ? random.uniform(0, 4.3) : random.uniform(4, 9);
    return extract_day() - static_cast<Day>(years * 365.25);
}

SimulatedPc make_pc(Random& random, int number) {
    SimulatedPc pc;
    pc.name = fmt::format("PC{:05}", number);
    pc.base = pc_base(random);
    pc.written_base = iso_date(pc.base);
    if (random.chance(0.015)) pc.written_base.clear();
    if (random.chance(0.0005)) pc.written_base = "31-02-2010";
    pc.in_use = !random.chance(0.04);
    pc.place = any(random, kHospitals);
    pc.model = any(random, kPcModels);
    return pc;
}

std::vector<SimulatedPc> make_pcs(Random& random, int count) {
    std::vector<SimulatedPc> pcs;
    for (int i = 0; i < count; ++i) pcs.push_back(make_pc(random, i + 1));
    return pcs;
}

void add_pcs(const std::vector<SimulatedPc>& pcs, std::string& out) {
    for (const SimulatedPc& pc : pcs)
        out += fmt::format("{},pc,{},{},,{},{},{},\n", pc.name, pc.model, pc.place, pc.written_base,
                           pc.in_use ? "in_use" : "in_stock", iso_date(pc.base));
}

// All stood in local server rooms in January 2012; the consolidated ones left them until April
// 2013.
void add_servers(Random& random, const RegisterSizes& sizes, std::string& out) {
    const Day begin = day_of({2012, 1, 1});
    for (int i = 0; i < sizes.servers; ++i) {
        const Day base = begin - static_cast<Day>(random.below(2500));
        out += fmt::format("SRV-{:04},server,ProLiant DL380,{},IMT,{},in_use,{},\n", i + 1,
                           any(random, kHospitals), iso_date(base), iso_date(begin));
        if (i >= sizes.consolidated) continue;
        const Day moved = begin + 31 + static_cast<Day>(random.below(extract_day() - begin - 31));
        out += fmt::format("SRV-{:04},server,,{},,,consolidated,{},\n", i + 1,
                           any(random, kCentres), iso_date(moved));
    }
}

void add_others(Random& random, const RegisterSizes& sizes, std::string& out) {
    for (int i = 0; i < sizes.network; ++i)
        out += fmt::format("NET-{:05},network,Catalyst 3750,{},IMT,{},in_use,,\n", i + 1,
                           any(random, kHospitals),
                           iso_date(extract_day() - static_cast<Day>(random.below(3000))));
    for (int i = 0; i < sizes.thin_clients; ++i)
        out += fmt::format("TC-{:05},thin_client,T610,{},IMT,{},in_use,,\n", i + 1,
                           any(random, kHospitals),
                           iso_date(extract_day() - static_cast<Day>(random.below(900))));
}

struct Device {
    const DeviceKind* kind = nullptr;
    int number = 0;
    Day purchased = 0, maintained = 0;
};

Device make_device(Random& random, int number) {
    Device device;
    device.kind = &kDevices[static_cast<std::size_t>(random.below(kDevices.size()))];
    device.number = number;
    device.purchased = extract_day() - 200 - static_cast<Day>(random.below(3500));
    device.maintained = extract_day() - static_cast<Day>(random.below(420));
    if (device.maintained < device.purchased) device.maintained = device.purchased;
    return device;
}

std::string serial_of(const Device& device) { return fmt::format("SN-{:06}", device.number); }

// Region Hovedstaden's export: dates as ISO, UDI and serial number, the next due date.
void add_capital(Random& random, const Device& device, std::string& out) {
    const DeviceKind& kind = *device.kind;
    std::string due;
    if (kind.every_months > 0 && !random.chance(0.03))
        due = iso_date(add_months(device.maintained, kind.every_months));
    std::string maintained = iso_date(device.maintained);
    if (random.chance(0.002)) maintained = iso_date(device.purchased - 40);  // before it was bought
    const std::string row =
        fmt::format("(01)057123450{:05}(21){},{},{},{},{},{},,{},{}.00,{},{},{},in_use\n",
                    &kind - kDevices.data(), serial_of(device), serial_of(device), kind.model,
                    kind.manufacturer, kind.kind, any(random, kHospitals),
                    iso_date(device.purchased), kind.price, kind.every_months, maintained, due);
    out += row;
    if (random.chance(0.001)) out += row;  // stands twice
}

// What the maintenance system adds to the export: the service before the last one, where the last was
// in 2013. Most of it came before it was due, the rest up to three months late.
void add_service(Random& random, const Device& device, std::string& out) {
    const int every = device.kind->every_months;
    const bool late = random.chance(kLateService);
    const auto days = static_cast<Day>(1 + random.below(late ? 90 : 30));
    if (every == 0 || device.maintained < day_of({2013, 1, 1})) return;
    const Day before = add_months(device.maintained, -every) + (late ? -days : days);
    if (before <= device.purchased) return;
    out += fmt::format("{},maintenance,{}\n", serial_of(device), iso_date(before));
}

// Region Sjælland's: other headings, Danish dates, makers written in full, no UDI and no due date.
void add_zealand(Random& random, const Device& device, std::string& out) {
    const DeviceKind& kind = *device.kind;
    const auto danish = [](Day day) {
        const Date date = date_of(day);
        return fmt::format("{:02}-{:02}-{}", date.day, date.month, date.year);
    };
    const std::string maintained =
        random.chance(0.001) ? std::string("31-02-2013") : danish(device.maintained);
    out += fmt::format("SN{:06};{};{};{};{};{};{};{};{}\n", device.number,
                       random.chance(0.004) ? "diverse" : kind.model, kind.other_name, kind.kind,
                       any(random, kZealand), danish(device.purchased), kind.every_months,
                       maintained, random.chance(0.97) ? "I drift" : "Udlånt");
}

std::string make_relations(Random& random, const RegisterSizes& sizes) {
    std::string out = "from,relation,to,from_day,to_day\n";
    for (int i = 0; i < sizes.servers; ++i)
        out += fmt::format("SRV-{:04},located_in,{},2012-01-01,\n", i + 1, any(random, kCentres));
    for (std::size_t i = 0; i < kSystems.size(); ++i) {
        for (int server = 0; server < 6; ++server)
            out += fmt::format("{},runs_on,SRV-{:04},2012-01-01,\n", kSystems[i],
                               1 + random.below(sizes.servers));
        for (const std::string_view hospital : kHospitals)
            out += fmt::format("{},used_at,{} users,2012-01-01,\n", kSystems[i], hospital);
        if (i > 0)
            out += fmt::format("{},depends_on,ESA,2013-01-16,\n",
                               kSystems[i] == "ESA" ? "Webmail" : kSystems[i]);
    }
    return out;
}

}  // namespace

std::vector<SimulatedPc> simulate_pcs(std::uint64_t seed, const RegisterSizes& sizes) {
    Random equipment = Random::stream(seed, "equipment");
    return make_pcs(equipment, sizes.pcs);
}

Registers simulate_registers(std::uint64_t seed, const RegisterSizes& sizes) {
    Registers registers;
    Random equipment = Random::stream(seed, "equipment");
    registers.equipment = "id,kind,model,place,owner,base_date,status,from,to\n";
    add_pcs(make_pcs(equipment, sizes.pcs), registers.equipment);
    add_servers(equipment, sizes, registers.equipment);
    add_others(equipment, sizes, registers.equipment);

    Random devices = Random::stream(seed, "devices");
    Random services = Random::stream(seed, "services");
    registers.services = "serial,activity,activity_day\n";
    registers.capital =
        "udi,serial,model,manufacturer,kind,place,owner,purchased,price,maintenance_every,"
        "last_maintained,next_due,status\n";
    registers.zealand =
        "Apparatnr;Type;Fabrikat;Apparattype;Afsnit;Indkøbt;Interval;Sidste eftersyn;Tilstand\n";
    const int own = sizes.devices * 2 / 3;
    for (int i = 0; i < sizes.devices; ++i) {
        const Device device = make_device(devices, i + 1);
        if (i < own) {
            add_capital(devices, device, registers.capital);
            add_service(services, device, registers.services);
        }
        if (i >= own - sizes.in_both) add_zealand(devices, device, registers.zealand);
    }
    registers.capital_mapping = "[constants]\nregister = \"Region Hovedstaden\"\n";
    registers.zealand_mapping =
        "[columns]\nserial = \"Apparatnr\"\nmodel = \"Type\"\nmanufacturer = \"Fabrikat\"\n"
        "kind = \"Apparattype\"\nplace = \"Afsnit\"\npurchased = \"Indkøbt\"\n"
        "maintenance_every = \"Interval\"\nlast_maintained = \"Sidste eftersyn\"\n"
        "status = \"Tilstand\"\n\n[constants]\nregister = \"Region Sjælland\"\n\n"
        "[values.status]\n\"Udlånt\" = \"in_use\"\n\n[known]\nmodel = [";
    for (const DeviceKind& kind : kDevices)
        registers.zealand_mapping += fmt::format("\"{}\", ", kind.model);
    registers.zealand_mapping += "]\n";
    Random relations = Random::stream(seed, "relations");
    registers.relations = make_relations(relations, sizes);
    return registers;
}

}  // namespace klarsyn::assets
