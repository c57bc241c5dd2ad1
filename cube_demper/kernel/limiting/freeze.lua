-- Close a bucket for everyone, and tell everyone. A longer freeze already there stays; frozen again
-- while it opens, it stays shut twice as long as the last time.
--
-- KEYS     limit:frozen, limit:told
-- ARGV     the bucket's key, for how long (microseconds), the channel for news
--
-- Answers for how long it is closed now (microseconds); nothing, or less, freezes nothing.
local now = clock()
local name, length = ARGV[1], tonumber(ARGV[2])
if length <= 0 then
  return 0
end
local last = read_freeze(redis.call('HGET', KEYS[1], name))
if last and last.opens_at <= now and now < last.is_open_at then
  length = math.max(length, math.min(last.length * 2, length * LONGEST_FACTOR))
end
if last and last.opens_at >= now + length then
  return last.opens_at - now
end
local opens_at = now + length
redis.call('HSET', KEYS[1], name, table.concat({ whole(opens_at), whole(opens_at + RAMP), whole(length) }, ' '))
redis.call('HINCRBY', KEYS[2], name .. ' freezes', 1)
redis.call('PUBLISH', ARGV[3], name .. ' ' .. whole(opens_at))
return length
