// For tests: the schemas that the binary carries, for a database with some of its parts.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "core/embedded.h"
#include "store/store.h"

namespace klarsyn {

// In the order of the folders: {"store", "ingest", "modules/probes"}.
inline std::vector<Migration> schemas_of(std::initializer_list<const char*> folders) {
    std::vector<Migration> list;
    for (const char* folder : folders) {
        for (const EmbeddedFile& file : embedded_files(std::string(folder) + "/schema/"))
            list.push_back({file.path, file.text});
    }
    return list;
}

}  // namespace klarsyn
