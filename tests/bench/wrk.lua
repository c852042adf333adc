-- Asks for the paths of a file in turn, with the tokens of another; writes percentiles, which wrk's own text
-- gives for 50, 75, 90 and 99 only, as JSON.
local paths, next_path = {}, 0
local callers, next_caller = {}, 0

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  for line in io.lines(args[2]) do
    local headers = { ["Authorization"] = "Bearer " .. line }
    for name, value in pairs(wrk.headers) do headers[name] = value end
    callers[#callers + 1] = headers
  end
end

function request()
  next_path = next_path % #paths + 1
  if #callers == 0 then return wrk.format("GET", paths[next_path]) end
  next_caller = next_caller % #callers + 1
  return wrk.format("GET", paths[next_path], callers[next_caller])
end

function done(summary, latency)
  local errors = summary.errors
  local file = io.open(os.getenv("WRK_RESULT"), "w")
  file:write(string.format(
    '{"requests":%d,"seconds":%f,"p50_us":%d,"p95_us":%d,"p99_us":%d,"errors":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50),
    latency:percentile(95), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
  file:close()
end
