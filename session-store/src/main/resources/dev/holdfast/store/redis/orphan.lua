-- ARGV: deadline, gateway. The owner is dead: its session goes offline as if the connection had been lost, and what
-- the owner may still try is stale from now on. Answers when the sweep has to come, 0 if it need not.
local f = redis.call('HMGET', session, 'o', 'e', 'x', 'n', 'a', 'v')
if f[1] ~= ARGV[2] then
  return {0, int(f[5] and math.min(tonumber(f[5]), tonumber(f[6] or 'inf')) or 0)}
end
local due = now + tonumber(f[3])
redis.call('HDEL', session, 'o', 'h', 'f')
redis.call('HSET', session, 'e', int(tonumber(f[2]) + 1), 'a', int(due), 'm', f[4] or '0')
local blob = redis.call('GET', will)
if blob then
  local will_due = now + will_delay(blob)
  redis.call('HSET', session, 'v', int(will_due))
  due = math.min(due, will_due)
end
backstop(tonumber(f[3]))
return {1, int(due)}
