-- Take many turns in one go. A turn is granted by all of its budgets or charged to none.
--
-- KEYS     limit:frozen, limit:rates, limit:told, limit:born, then the budgets
-- ARGV     for each budget: kind, interval or most, window, family;
--          then for each turn: 1 when interactive, patience (microseconds), how many budgets, and
--          which ones (by place; a quota as often as it is used)
--
-- Answers the time and since when this store has counted, then two numbers a turn: 1 and the wait when it is taken; 0 and the wait when
-- it would come too late; -place of a quota whose past is unknown, and 0.
local FIRST = 4
local SETTLE = 2000000
local now = clock()
-- Since when this store has counted: before that, nobody knows. One that has only just started may
-- have forgotten turns that somebody still waits for, and grants none until all have heard of it.
local born = redis.call('GET', KEYS[4])
if not born then
  local uptime = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
  born = whole(tonumber(uptime) <= SETTLE / 1000000 and now + SETTLE or now)
  redis.call('SET', KEYS[4], born)
end
local count = #KEYS - FIRST
local budgets, names = {}, {}
for place = 1, count do
  names[place] = string.sub(KEYS[FIRST + place], #PREFIX + 1)
end
local rates = redis.call('HMGET', KEYS[2], unpack(names))
local freezes = redis.call('HMGET', KEYS[1], unpack(names))
for place = 1, count do
  local from = (place - 1) * 4
  budgets[place] = {
    key = KEYS[FIRST + place],
    kind = tonumber(ARGV[from + 1]),
    step = tonumber(rates[place] or ARGV[from + 2]),
    window = tonumber(ARGV[from + 3]),
    family = ARGV[from + 4],
    freeze = read_freeze(freezes[place]),
    seconds = {},
    granted = 0, waited = 0, refused = 0,
  }
end

local function open_quota(budget)
  local text = redis.call('GET', budget.key)
  if not text then
    budget.is_unknown = now - tonumber(born) < budget.window
  end
  budget.turns = read_turns(text or '', now)
  while budget.turns[1] and budget.turns[1] + budget.window <= now do
    table.remove(budget.turns, 1)
  end
end

local function open_bucket(budget)
  budget.runs = read_runs(redis.call('GET', budget.key) or '')
  while budget.runs[1] and budget.runs[1][2] <= now do
    table.remove(budget.runs, 1)
  end
end

for _, budget in ipairs(budgets) do
  if budget.kind == QUOTA then
    open_quota(budget)
  else
    open_bucket(budget)
  end
end

local function interval(budget, at)
  local left = budget.freeze and budget.freeze.is_open_at - at or 0
  if left <= 0 then
    return budget.step
  end
  return budget.step + math.floor(budget.step * (RAMP_FACTOR - 1) * left / RAMP)
end

local function beside_lane(at, step)
  local period = step * LANE
  local begin = math.floor(at / period) * period
  for lane = begin, begin + period, period do
    if at < lane + step and lane < at + step and lane - now > step * IMMINENT then
      return lane + step
    end
  end
  return at
end

local function between_runs(runs, at, width)
  for _, run in ipairs(runs) do
    if at + width <= run[1] then
      break
    end
    at = math.max(at, run[2])
  end
  return at
end

local function first_fit(budget, at, is_interactive, uses)
  if budget.kind == QUOTA then
    local turns = budget.turns
    at = math.max(at, turns[#turns] or 0)
    if #turns + uses > budget.step then
      at = math.max(at, turns[#turns + uses - budget.step] + budget.window)
    end
    return at
  end
  if budget.freeze then
    at = math.max(at, budget.freeze.opens_at)
  end
  while true do
    local fit = between_runs(budget.runs, at, interval(budget, at))
    if budget.kind == SHARED and not is_interactive then
      fit = beside_lane(fit, budget.step)
    end
    if fit == at then
      return at
    end
    at = fit
  end
end

local function insert_run(runs, at, width)
  local place = 1
  while runs[place] and runs[place][1] < at do
    place = place + 1
  end
  table.insert(runs, place, { at, at + width })
  place = math.max(place - 1, 1)
  -- Gaps in which no turn would fit are closed.
  while runs[place + 1] and runs[place][1] <= at + width do
    if runs[place + 1][1] - runs[place][2] < width then
      runs[place][2] = math.max(runs[place][2], runs[place + 1][2])
      table.remove(runs, place + 1)
    else
      place = place + 1
    end
  end
end

local function charge(budget, at)
  budget.is_changed = true
  budget.granted = budget.granted + 1
  budget.waited = budget.waited + at - now
  if budget.kind == QUOTA then
    -- What it waited for stays as long as it is in the window: this turn may be given back.
    table.insert(budget.turns, at)
    return
  end
  insert_run(budget.runs, at, interval(budget, at))
  if budget.kind == SHARED then
    local second = math.floor(at / 1000000)
    budget.seconds[second] = (budget.seconds[second] or 0) + 1
  end
end

local answers = { whole(now), born }
local function refuse(chosen, wait)
  for _, place in ipairs(chosen) do
    budgets[place].refused = budgets[place].refused + 1
  end
  return 0, wait
end

local function take(is_interactive, patience, chosen)
  local uses = {}
  for _, place in ipairs(chosen) do
    uses[place] = (uses[place] or 0) + 1
    if budgets[place].is_unknown then
      return -place, 0
    end
  end
  for place, times in pairs(uses) do
    -- More than there ever is: no waiting brings it, unless the quota is set anew.
    if budgets[place].kind == QUOTA and times > budgets[place].step then
      return refuse(chosen, budgets[place].window)
    end
  end
  local at, last = math.max(now, tonumber(born)), -1
  while at > last do
    last = at
    for _, place in ipairs(chosen) do
      at = first_fit(budgets[place], at, is_interactive, uses[place])
    end
  end
  if at - now > patience then
    return refuse(chosen, at - now)
  end
  for _, place in ipairs(chosen) do
    charge(budgets[place], at)
  end
  return 1, at - now
end

local from = count * 4 + 1
while from <= #ARGV do
  local chosen = {}
  local width = tonumber(ARGV[from + 2])
  for place = 1, width do
    chosen[place] = tonumber(ARGV[from + 2 + place])
  end
  local outcome, wait = take(ARGV[from] == '1', tonumber(ARGV[from + 1]), chosen)
  answers[#answers + 1] = outcome
  answers[#answers + 1] = whole(wait)
  from = from + 3 + width
end

local told = {}
for _, budget in ipairs(budgets) do
  if budget.is_changed and budget.kind == QUOTA then
    write_turns(budget.key, budget.turns, now, budget.window)
  elseif budget.is_changed then
    write_runs(budget.key, budget.runs, now)
  end
  for second, turns in pairs(budget.seconds) do
    local minute = string.format('limit:minute:%s:%d', budget.family, math.floor(second / 60))
    redis.call('HINCRBY', minute, second % 60, turns)
    redis.call('EXPIRE', minute, 7200)
  end
  for what, number in pairs({ turns = budget.granted, waited_us = budget.waited, late = budget.refused }) do
    local name = budget.family .. ' ' .. what
    told[name] = (told[name] or 0) + number
  end
end
for name, number in pairs(told) do
  if number > 0 then
    redis.call('HINCRBY', KEYS[3], name, whole(number))
  end
end
return answers
