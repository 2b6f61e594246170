-- The operator sets the expiry of a session. ARGV: head, expiry ms. Answers 0 if there is no session; else 1, or 2 if it is clean
-- and has none; then the owner or '', when the sweep has to come or 0, and the principal.
local epoch, owner, ends_at, known_expiry, will_due, principal =
  unpack(redis.call('HMGET', session, 'e', 'o', 'a', 'x', 'v', 'p'))
if not epoch or (not owner and has_passed(ends_at)) then return {0} end
if known_expiry == '0' then return {2, owner or '', '0', principal} end
local expiry, visit = tonumber(ARGV[2]), 0
redis.call('HSET', session, 'x', int(expiry))
if not owner then
  visit = now + expiry
  redis.call('HSET', session, 'a', int(visit))
  if will_due then visit = math.min(visit, tonumber(will_due)) end
end
backstop(expiry)
return {1, owner or '', int(visit), principal}
