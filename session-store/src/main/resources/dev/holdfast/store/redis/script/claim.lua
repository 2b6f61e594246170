-- The sweep visits a session and takes what is due, once. ARGV: head, nonce, visit interval ms, ms for publishing a will.
-- Answers 1 and what SessionReplies.claimed reads.
local nonce, interval, lease = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local again = replayed(nonce)
if again then return again end
local owner, expiry, known_end, known_will_due, epoch, principal, sent_mark =
  unpack(redis.call('HMGET', session, 'o', 'x', 'a', 'v', 'e', 'p', 'm'))
local visit, ended, gone, wills = math.huge, 0, {}, {}

local function hand_out(of_epoch, attach_nonce, blob)
  set_due(of_epoch, HANDED, now + lease, attach_nonce, blob)
  wills[#wills + 1] = of_epoch
  wills[#wills + 1] = blob
end

if owner then
  -- The client is connected: the TTLs of its session are renewed.
  backstop(tonumber(expiry))
  visit = now + math.max(tonumber(expiry), interval)
elseif epoch then
  local ends_at, will_due = tonumber(known_end or 'inf'), tonumber(known_will_due or 'inf')
  local over = now >= ends_at
  if over or now >= will_due then
    local blob = known_will_due and redis.call('GET', will)
    redis.call('DEL', will)
    redis.call('HDEL', session, 'v')
    if blob then hand_out(epoch, nonce, blob) end
    will_due = ends_at
  end
  if over then
    ended, gone = 1, subscriptions()
    leave_shared(tonumber(sent_mark or '0'))
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
  -- The index may lead two sweeps here. Only one gives away what is left, since each would choose another member.
  local leased = tonumber(redis.call('HGET', due, LEFT_LEASE) or '0')
  if leased > now then
    has_left = 0
  else
    leased = now + lease
    lease_left(leased)
  end
  visit = math.min(visit, leased)
end

local reply = {1, visit == math.huge and 0 or int(visit), ended, epoch or '0', principal or '', has_left, #gone / 2}
for i = 1, #gone do reply[#reply + 1] = gone[i] end
for i = 1, #wills do reply[#reply + 1] = wills[i] end
if ended == 1 or #wills > 0 or has_left == 1 then keep(nonce, reply) end
return reply
