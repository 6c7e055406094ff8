#include "modules/assets/asset_routes.h"

namespace klarsyn::assets {
namespace {

// Set once by modules.cc before any thread runs.
AffectedLookup& lookup() {
    static AffectedLookup kept = nullptr;
    return kept;
}

}  // namespace

void set_affected_lookup(AffectedLookup given) { lookup() = given; }
AffectedLookup affected_lookup() { return lookup(); }

std::vector<Route> asset_routes() {
    return {
        {"GET", "/assets", Permission::figures, Runs::reader, Shape::page, get_assets_page},
        {"GET", "/equipment/{asset}", Permission::records, Runs::reader, Shape::page, get_asset_page},
        {"GET", "/devices", Permission::figures, Runs::reader, Shape::page, get_devices_page},
        {"GET", "/devices/{device}", Permission::records, Runs::reader, Shape::page,
         get_device_page},
        {"GET", "/registers/quality", Permission::records, Runs::reader, Shape::page,
         get_quality_page},
        {"GET", "/api/v1/registers/findings", Permission::records, Runs::reader, Shape::api,
         get_api_findings}};
}

}  // namespace klarsyn::assets
