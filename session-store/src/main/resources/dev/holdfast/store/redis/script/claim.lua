-- The sweep's claim: takes what is due, once. ARGV: head, nonce, visit interval ms, ms for publishing a will.
local nonce, interval, lease = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local again = replayed(nonce)
if again then return again end
local f = redis.call('HMGET', session, 'o', 'x', 'a', 'v', 'e', 'p', 'm')
local visit, ended, gone, wills = math.huge, 0, {}, {}

local function hand_out(epoch, attach_nonce, blob)
  set_due(epoch, HANDED, now + lease, attach_nonce, blob)
  wills[#wills + 1] = epoch
  wills[#wills + 1] = blob
end

if f[1] then
  -- Connected: its TTLs are renewed.
  backstop(tonumber(f[2]))
  visit = now + math.max(tonumber(f[2]), interval)
elseif f[5] then
  local ends_at, will_due = tonumber(f[3] or 'inf'), tonumber(f[4] or 'inf')
  local over = now >= ends_at
  if over or now >= will_due then
    local blob = f[4] and redis.call('GET', will)
    redis.call('DEL', will)
    redis.call('HDEL', session, 'v')
    if blob then hand_out(f[5], nonce, blob) end
    will_due = ends_at
  end
  if over then
    ended, gone = 1, subscriptions()
    leave_shared(tonumber(f[7] or '0'))
    erase()
  else
    visit = math.min(ends_at, will_due)
  end
end
local waiting = redis.call('HGETALL', due)
for i = 1, #waiting, 2 do
  if waiting[i] ~= LEFT_LEASE then
    local state, at, attach_nonce, blob = parts_of_due(waiting[i + 1])
    if at <= now then
      hand_out(waiting[i], attach_nonce, blob)
      at = now + lease
    end
    visit = math.min(visit, at)
  end
end

local has_left = redis.call('EXISTS', left)
if has_left == 1 then
  -- The index may bring two sweeps here: one gives, since each would choose a member.
  local leased = tonumber(redis.call('HGET', due, LEFT_LEASE) or '0')
  if leased > now then
    has_left = 0
  else
    leased = now + lease
    lease_left(leased)
  end
  visit = math.min(visit, leased)
end

local reply = {1, visit == math.huge and 0 or int(visit), ended, f[5] or '0', f[6] or '', has_left, #gone / 2}
for i = 1, #gone do reply[#reply + 1] = gone[i] end
for i = 1, #wills do reply[#reply + 1] = wills[i] end
if ended == 1 or #wills > 0 or has_left == 1 then keep(nonce, reply) end
return reply
