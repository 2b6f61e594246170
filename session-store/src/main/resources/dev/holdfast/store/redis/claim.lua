-- The sweep's claim: takes what is due, once. ARGV: deadline, nonce, visit interval ms.
local nonce, visit = ARGV[2], tonumber(ARGV[3])
local f = redis.call('HMGET', session, 'o', 'x', 'a', 'v', 'e', 'y')
local again = replayed(nonce)
if again then return again end
if not f[5] then return {0} end
local due, will_due = tonumber(f[3] or 'inf'), tonumber(f[4] or 'inf')
local online = f[1]
local next_visit = online and now + math.max(tonumber(f[2]), visit) or due
if f[6] then
  redis.call('HDEL', session, 'y')
  return keep(nonce, {3, int(math.min(next_visit, will_due)), f[6]})
end
if online then
  -- Nothing is due, its TTLs are renewed.
  backstop(tonumber(f[2]))
  return {2, int(next_visit), online}
end
if now >= due then
  local gone = subscriptions()
  local reply = {1, f[4] and redis.call('GET', will) or '', #gone / 2}
  for i = 1, #gone do reply[#reply + 1] = gone[i] end
  erase()
  return keep(nonce, reply)
end
if now >= will_due then
  local blob = redis.call('GET', will)
  redis.call('DEL', will)
  redis.call('HDEL', session, 'v')
  if blob then return keep(nonce, {3, int(due), blob}) end
  will_due = due
end
return {2, int(math.min(due, will_due)), ''}
