/** The scripts behind `hold` and `settle`: each is one step in Redis, so that what it decides holds for every process. */

import { createHash } from "node:crypto";

/** A script, and the digest that Redis knows it by once it has run. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/**
 * Of each counter a hash: `used`, `held`, and `til`, when it ends by Redis's own clock, which makes those of the processes
 * not matter. Redis drops the key a minute after that, or after the last lease on it, to which `til` gives way.
 */
const shared = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function giveBack(record)
  for _, taken in ipairs(cjson.decode(record)) do
    if redis.call('HEXISTS', taken[1], 'held') == 1 then
      local left = tonumber(redis.call('HINCRBYFLOAT', taken[1], 'held', '-' .. taken[2]))
      if left < 1e-6 then redis.call('HSET', taken[1], 'held', '0') end
    end
  end
end

local function read(key)
  local found = redis.call('HMGET', key, 'used', 'held', 'til')
  local used, held = tonumber(found[1] or '0'), tonumber(found[2] or '0')
  if found[3] and tonumber(found[3]) <= now and held == 0 then
    redis.call('DEL', key)
    return 0, 0, false, true
  end
  return used, held, found[3], not (found[1] or found[2])
end

local function keep(key, til, isNew, ttl, leaseMs)
  if isNew and ttl ~= '' then
    til = now + tonumber(ttl)
    redis.call('HSET', key, 'til', string.format('%.0f', til))
  end
  if not til then return end
  local wanted = math.max(tonumber(til) - now, leaseMs) + 60000
  if redis.call('PTTL', key) < wanted then redis.call('PEXPIRE', key, string.format('%.0f', wanted)) end
end
`;

/**
 * Keys: expiries of leases (a sorted set), what each took (a hash), the mark of this lease once settled, then counter and
 * counter before of each hold (the counter again where there is none before). Arguments: lease, its life, what it takes;
 * then amount, bound, time to live and weight of each hold. Ends expired leases first, however many are in flight.
 */
export const holdScript: Script = script(`${shared}
for _, lease in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1000)) do
  local record = redis.call('HGET', KEYS[2], lease)
  if record then giveBack(record) end
  redis.call('HDEL', KEYS[2], lease)
  redis.call('ZREM', KEYS[1], lease)
end

if redis.call('EXISTS', KEYS[3]) == 1 or redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {'again'} end

local count = (#KEYS - 3) / 2
local state, taken, levels = {}, {}, {}
local full, used, held, before
for index = 1, count do
  local key, earlier = KEYS[2 + index * 2], KEYS[3 + index * 2]
  local at = index * 4
  local amount, max, weight = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 3])
  local ownUsed, ownHeld, til, isNew = read(key)
  local faded = 0
  if weight > 0 and earlier ~= key then
    local earlierUsed, earlierHeld = read(earlier)
    faded = weight * (earlierUsed + earlierHeld)
  end
  state[index] = { til, isNew }
  levels[index] = ownUsed + ownHeld + faded
  local sum = levels[index] + (taken[key] or 0) + amount
  if amount > 0 and not full and not (sum <= max) then
    full, used, held, before = index, ownUsed, ownHeld, faded
  end
  taken[key] = (taken[key] or 0) + amount
end

if not full then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
  for index = 1, count do
    local key, amount = KEYS[2 + index * 2], ARGV[index * 4]
    levels[index] = levels[index] + taken[key]
    if amount ~= '0' then
      redis.call('HINCRBYFLOAT', key, 'held', amount)
      keep(key, state[index][1], state[index][2], ARGV[index * 4 + 2], tonumber(ARGV[2]))
    end
  end
end

local answer = full and { full - 1, used, held, before } or { -1, 0, 0, 0 }
for index = 1, count do answer[index + 4] = levels[index] end
for index = 1, #answer do answer[index] = string.format('%.17g', answer[index]) end
return answer`);

/**
 * Keys: as of hold, up to the mark; then the counters. Arguments: lease, how long the mark stays; then use and time to live
 * of each counter.
 */
export const settleScript: Script = script(`${shared}
local record = redis.call('HGET', KEYS[2], ARGV[1])
if record then
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[1], ARGV[1])
  giveBack(record)
end
if not redis.call('SET', KEYS[3], '1', 'PX', ARGV[2], 'NX') then return 0 end
for index = 4, #KEYS do
  local amount, ttl = ARGV[index * 2 - 5], ARGV[index * 2 - 4]
  if amount ~= '0' then
    local _, _, til, isNew = read(KEYS[index])
    redis.call('HINCRBYFLOAT', KEYS[index], 'used', amount)
    keep(KEYS[index], til, isNew, ttl, 0)
  end
end
return 1`);
