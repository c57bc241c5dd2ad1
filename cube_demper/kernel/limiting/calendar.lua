-- What every script here shares: Redis's clock, and how budgets are kept. Prepended to each of them.
-- The arithmetic is that of calendar.py; see there. Whole microseconds, exact below 2^53.
--
-- limit:<key> of a bucket   its runs: begin and end, 7 bytes each, sorted
-- limit:<key> of a quota    its last turns, 5 bytes each, modulo 2^40, in order; "" when none was used
-- limit:frozen              key -> "opens_at is_open_at length"
-- limit:rates               key -> interval (or most, of a quota) that an operator set
local LANE, IMMINENT = 8, 2
local RAMP, RAMP_FACTOR, LONGEST_FACTOR = 10000000, 4, 16
local PREFIX = 'limit:'
local BUCKET, SHARED, QUOTA = 0, 1, 2
local CYCLE = 1099511627776

local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function whole(number)
  return string.format('%.0f', number)
end

local function read_runs(text)
  local runs = {}
  for at = 1, #text, 14 do
    local begins, ends = struct.unpack('>I7I7', text, at)
    runs[#runs + 1] = { begins, ends }
  end
  return runs
end

local function write_runs(key, runs, now)
  if #runs == 0 then
    redis.call('DEL', key)
    return
  end
  local parts = {}
  for place, run in ipairs(runs) do
    parts[place] = struct.pack('>I7I7', run[1], run[2])
  end
  local ttl = math.ceil((runs[#runs][2] - now) / 1000) + 1000
  redis.call('SET', key, table.concat(parts), 'PX', math.max(ttl, 1))
end

local function read_turns(text, now)
  local turns = {}
  for at = 1, #text, 5 do
    local ahead = (struct.unpack('>I5', text, at) - now) % CYCLE
    turns[#turns + 1] = ahead > CYCLE / 2 and now + ahead - CYCLE or now + ahead
  end
  return turns
end

local function write_turns(key, turns, now, window)
  local parts = {}
  for place, at in ipairs(turns) do
    parts[place] = struct.pack('>I5', at % CYCLE)
  end
  local last = turns[#turns] or now
  redis.call('SET', key, table.concat(parts), 'PX', math.ceil((last + window - now) / 1000) + 1000)
end

local function read_freeze(text)
  if not text then
    return nil
  end
  local opens_at, is_open_at, length = string.match(text, '(%d+) (%d+) (%d+)')
  return { opens_at = tonumber(opens_at), is_open_at = tonumber(is_open_at), length = tonumber(length) }
end
