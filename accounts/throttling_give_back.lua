-- Gives back a turn that was taken in each bucket.
-- KEYS: the buckets. ARGV: the interval of each in microseconds.
for place, key in ipairs(KEYS) do
  local full_at = tonumber(redis.call('GET', key) or 0)
  if full_at > 0 then
    redis.call('SET', key, string.format('%.0f', full_at - tonumber(ARGV[place])), 'KEEPTTL')
  end
end
return 0
