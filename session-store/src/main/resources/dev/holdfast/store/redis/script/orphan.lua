-- Takes a session offline whose gateway does not do it. Either the gateway is dead: the session goes offline as if its
-- connection had been lost, or ends, and what that gateway may still try is stale. Or the gateway lives and the attach has
-- ended there, but Redis has lost how. ARGV: head, gateway, nonce of the attach, nonce of this call, whether the gateway is
-- dead. Answers 1 if the session was that gateway's, else 0; then when the sweep has to come, 0 if it need not; after a 1 also
-- epoch, principal, and 0, ENDED_CLEAN or ENDED_KEPT.
local gateway, held_nonce, nonce, dead = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local owner, epoch, expiry, last_seq, ends_at, known_will_due, attach, principal, born, sent_mark, highest_read, first_owned =
  unpack(redis.call('HMGET', session, 'o', 'e', 'x', 'n', 'a', 'v', 'r', 'p', 'c', 'm', 'h', 'f'))
local visit = math.min(tonumber(ends_at or 'inf'), tonumber(known_will_due or 'inf'))
if owner ~= gateway or (not dead and nonce_of(attach) ~= held_nonce) then
  -- This call has been executed before, and is repeated.
  if attach and nonce_of(attach) == nonce then return {1, int(visit), int(tonumber(epoch) - 1), principal, 0} end
  local again = replayed(nonce)
  if again then return again end
  if not dead then return {0, 0} end
  -- Either another gateway has displaced the dead one, which will not say any more whether its will is published. Or the
  -- session is offline already, but the sweep may not know of a will that was handed to the dead gateway.
  local waiting = redis.call('HGETALL', due)
  for i = 1, #waiting, 2 do
    local state, at, attach_nonce, blob = parts_of_due(waiting[i + 1])
    if waiting[i] ~= LEFT_LEASE and attach_nonce == held_nonce then
      if state == AWAITED then
        at = now
        set_due(waiting[i], HANDED, at, attach_nonce, blob)
      end
      visit = math.min(visit, at)
    end
  end
  return {0, visit == math.huge and 0 or int(visit)}
end
local blob = redis.call('GET', will)
if blob and not dead and (expiry == '0' or will_delay(blob) == 0) then
  -- The living gateway has published the will, or dropped it, when the connection ended.
  redis.call('DEL', will)
  blob = nil
end
if expiry == '0' then
  if blob then set_due(epoch, HANDED, now, held_nonce, blob) end
  leave_shared(may_be_sent(owner, sent_mark, highest_read, first_owned, last_seq))
  erase()
  return keep(nonce, {1, int(now), epoch, principal, born == '1' and ENDED_CLEAN or ENDED_KEPT})
end
visit = now + tonumber(expiry)
-- The dead owner may have sent all that it had read. Once it had read all entries that were there before it came, it may also
-- have sent what other gateways have told it of.
local mark = may_be_sent(owner, sent_mark, highest_read, first_owned, last_seq)
redis.call('HDEL', session, 'o', 'h', 'f')
redis.call('HSET', session, 'e', int(tonumber(epoch) + 1), 'a', int(visit), 'm', int(mark),
  'u', epoch .. ':' .. (sent_mark or '0'), 'r', nonce .. '0')
if blob then
  local will_due = now + will_delay(blob)
  redis.call('HSET', session, 'v', int(will_due))
  visit = math.min(visit, will_due)
end
backstop(tonumber(expiry))
return {1, int(visit), epoch, principal, 0}
