-- Take back turns that nobody will use.
--
-- KEYS     limit:born, then the budgets
-- ARGV     for each budget: kind, interval or window;
--          then for each turn: its time, its store's life, how many budgets, and which ones (by place)
local now = clock()
local life = redis.call('GET', table.remove(KEYS, 1))
local budgets = {}
for place, key in ipairs(KEYS) do
  local text = redis.call('GET', key) or ''
  local is_quota = tonumber(ARGV[place * 2 - 1]) == QUOTA
  budgets[place] = {
    is_quota = is_quota,
    width = tonumber(ARGV[place * 2]),
    kept = is_quota and read_turns(text, now) or read_runs(text),
  }
end

local function forget(turns, at)
  for spot = #turns, 1, -1 do
    if turns[spot] == at then
      table.remove(turns, spot)
      return
    end
  end
end

local function split(runs, at, width)
  for place, run in ipairs(runs) do
    local begins, ends = run[1], run[2]
    if begins <= at and at + width <= ends then
      table.remove(runs, place)
      if at + width < ends then
        table.insert(runs, place, { at + width, ends })
      end
      if begins < at then
        table.insert(runs, place, { begins, at })
      end
      return
    end
  end
end

local from = #KEYS * 2 + 1
while from <= #ARGV do
  local at, count = tonumber(ARGV[from]), tonumber(ARGV[from + 2])
  -- What an earlier life of this store granted, this one may have granted again.
  local last = ARGV[from + 1] == life and from + 2 + count or from
  for place = from + 3, last do
    local budget = budgets[tonumber(ARGV[place])]
    if budget.is_quota then
      forget(budget.kept, at)
    else
      split(budget.kept, at, budget.width)
    end
  end
  from = from + 3 + count
end

for place, key in ipairs(KEYS) do
  local budget = budgets[place]
  if not budget.is_quota then
    write_runs(key, budget.kept, now)
  elseif redis.call('EXISTS', key) == 1 then
    write_turns(key, budget.kept, now, budget.width)
  end
end
