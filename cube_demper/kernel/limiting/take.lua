-- Take one turn from a bucket, by Redis's own clock. Generic cell-rate arithmetic without a burst:
-- the next turn is one interval after the last, and never in the past.
--
-- KEYS[1]  the time the next turn may start (microseconds)
-- KEYS[2]  closed until (microseconds), when frozen
-- ARGV[1]  interval between turns (microseconds)
-- ARGV[2]  longest wait the caller accepts (microseconds)
--
-- Answers {1, wait} when the turn is taken, {0, wait} when it would come too late.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local next_turn = tonumber(redis.call('GET', KEYS[1]) or '0')
local opens_at = tonumber(redis.call('GET', KEYS[2]) or '0')
local turn = math.max(now, next_turn, opens_at)
local wait = turn - now
if wait > tonumber(ARGV[2]) then
  return {0, wait}
end
local interval = tonumber(ARGV[1])
local ttl_ms = math.ceil((wait + interval) / 1000) + 1000
redis.call('SET', KEYS[1], string.format('%d', turn + interval), 'PX', ttl_ms)
return {1, wait}
