-- Takes one turn in every bucket, or in none. A bucket is the time at which it will be full again: each
-- turn moves that an interval on, and it may lie at most its burst of intervals ahead.
-- KEYS: the buckets. ARGV: for each its interval in microseconds and its burst.
-- Answers {0} when taken, else {how long until all would grant, in microseconds}.
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local wait = 0
local filled = {}
for place, key in ipairs(KEYS) do
  local interval, burst = tonumber(ARGV[2 * place - 1]), tonumber(ARGV[2 * place])
  local full_at = math.max(tonumber(redis.call('GET', key) or 0), now) + interval
  filled[place] = full_at
  wait = math.max(wait, full_at - interval * burst - now)
end
if wait > 0 then
  return { string.format('%.0f', wait) }
end
for place, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', filled[place]),
    'PX', math.ceil((filled[place] - now) / 1000) + 1)
end
return { '0' }
