-- Say what was used of a quota whose past is not known. One that is known stays as it is.
--
-- KEYS     the quota
-- ARGV     most, window, then how long ago each turn was (microseconds), the oldest first
local now = clock()
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local turns = {}
for place = math.max(3, #ARGV - most + 1), #ARGV do
  local ago = tonumber(ARGV[place])
  if ago < window then
    turns[#turns + 1] = now - ago
  end
end
write_turns(KEYS[1], turns, now, window)
return #turns
