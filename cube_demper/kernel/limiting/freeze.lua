-- Close a bucket until a time, by Redis's own clock. A longer freeze already there stays.
--
-- KEYS[1]  closed until (microseconds)
-- ARGV[1]  for how long (microseconds); nothing, or less, freezes nothing
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local opens_at = now + tonumber(ARGV[1])
if opens_at <= now or opens_at <= tonumber(redis.call('GET', KEYS[1]) or '0') then
  return 0
end
redis.call('SET', KEYS[1], string.format('%d', opens_at), 'PX', math.ceil(tonumber(ARGV[1]) / 1000))
return 1
