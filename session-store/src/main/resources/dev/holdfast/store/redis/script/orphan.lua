-- ARGV: head, gateway, nonce of its attach, nonce, whether it is dead. The owner is dead: its session goes offline as if the
-- connection had been lost, or ends with it, and what the owner may still try is stale from now on. Or the owner lives, and
-- that attach has ended there long since: Redis has lost how. Answers when the sweep has to come, 0 if it need not.
local nonce, dead = ARGV[4], ARGV[5] == '1'
local f = redis.call('HMGET', session, 'o', 'e', 'x', 'n', 'a', 'v', 'r', 'p', 'c', 'm', 'h', 'f')
local visit = math.min(tonumber(f[5] or 'inf'), tonumber(f[6] or 'inf'))
if f[1] ~= ARGV[2] or (not dead and string.sub(f[7], 1, 8) ~= ARGV[3]) then
  if f[7] and string.sub(f[7], 1, 8) == nonce then return {1, int(visit), int(tonumber(f[2]) - 1), f[8], 0} end
  local again = replayed(nonce)
  if again then return again end
  if not dead then return {0, 0} end
  -- Displaced already: nobody will say any more what is to become of its will. Or gone already: the visit for a will that
  -- was handed to the dead gateway may not have reached the index.
  local waiting = redis.call('HGETALL', due)
  for i = 1, #waiting, 2 do
    local state, at, attach_nonce, blob = parts_of_due(waiting[i + 1])
    if waiting[i] ~= LEFT_LEASE and attach_nonce == ARGV[3] then
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
if blob and not dead and (f[3] == '0' or will_delay(blob) == 0) then
  -- Its gateway has published it, or dropped it, when the connection ended.
  redis.call('DEL', will)
  blob = nil
end
if f[3] == '0' then
  if blob then set_due(f[2], HANDED, now, ARGV[3], blob) end
  leave_shared(may_be_sent(f[1], f[10], f[11], f[12], f[4]))
  erase()
  return keep(nonce, {1, int(now), f[2], f[8], f[9] == '1' and 1 or 2})
end
visit = now + tonumber(f[3])
-- The dead owner may have sent whatever it had read, or, once it had read what was there before it came, whatever it was told of.
local mark = may_be_sent(f[1], f[10], f[11], f[12], f[4])
redis.call('HDEL', session, 'o', 'h', 'f')
redis.call('HSET', session, 'e', int(tonumber(f[2]) + 1), 'a', int(visit), 'm', int(mark), 'u', f[2] .. ':' .. (f[10] or '0'),
  'r', nonce .. '0')
if blob then
  local will_due = now + will_delay(blob)
  redis.call('HSET', session, 'v', int(will_due))
  visit = math.min(visit, will_due)
end
backstop(tonumber(f[3]))
return {1, int(visit), f[2], f[8], 0}
