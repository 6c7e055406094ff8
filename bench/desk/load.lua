-- wrk's script: one kind of request, then one line of JSON with rate and percentiles (milliseconds).
-- KIND is "create-klarsyn", "create-rt" or "get"; AUTH a header as "Name: value".
local kind, auth = os.getenv("KIND"), os.getenv("AUTH")
local name, value = auth:match("^([^:]+): (.*)$")
local titles = {"FMK svarer ikke", "Printer på stuen er død", "Nyt password til OPUS", "PC'en starter ikke",
                "Netværksproblem i akutmodtagelsen", "Telefonen er ude af drift", "LABKA svarer langsomt"}
local systems = {"FMK", "OPUS", "KISO", "LABKA", "PAS"}
local sent = 0

function setup(thread)
    thread:set("run", os.time() .. "-" .. tostring(thread):gsub("[^%w]", ""))
end

function request()
    sent = sent + 1
    if kind == "get" then
        return wrk.format("GET", nil, {[name] = value, ["Referer"] = os.getenv("REFERER")})
    end
    local title = titles[sent % #titles + 1]
    local text = string.rep("Brugeren ringer fra afsnittet og kan ikke arbejde videre. ", 4)
    local headers = {["Content-Type"] = "application/json", [name] = value}
    if kind == "create-rt" then
        headers["Referer"] = os.getenv("REFERER")
        return wrk.format("POST", nil, headers,
                          string.format('{"Queue":"General","Subject":"%s","Requestor":"u%d@bench.example",' ..
                                        '"Content":"%s"}', title, sent, text))
    end
    headers["Idempotency-Key"] = run .. "-" .. sent
    return wrk.format("POST", nil, headers,
                      string.format('{"type":"incident","title":"%s","text":"%s","system":"%s","impact":%d,' ..
                                    '"urgency":2,"contact":"phone","caller":{"name":"Bo Lund","account":"u%d"}}',
                                    title, text, systems[sent % #systems + 1], sent % 3 + 1, sent))
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"n":%d,"rate":%.2f,"p50":%.3f,"p95":%.3f,"p99":%.3f,"errors":%d}\n',
                           summary.requests, summary.requests * 1e6 / summary.duration,
                           latency:percentile(50) / 1000, latency:percentile(95) / 1000,
                           latency:percentile(99) / 1000,
                           errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
