// The organisation by date: format org reads regions, hospitals, centres, departments, queues and
// groups with their validity, parents and spellings into core_org and core_org_alias, which every
// module may read. Pure but for what the ingest engine does with it.
#pragma once

#include "ingest/format.h"

namespace klarsyn::organisation {

// CSV kind,code,name,parent,from,to,aliases. `to` is the last day; an empty date is open; aliases
// are separated by '|'. Code and name are spellings too. A row is rejected where it overlaps
// another row of its code, or takes a spelling that another code has on the same day. A later file
// that names a code replaces all that earlier files said of it.
Format org_format();

}  // namespace klarsyn::organisation
