-- ARGV: head, nonce of an attach that nobody waits for any more. Answers when the sweep has to come.
local f = redis.call('HMGET', session, 'r', 'o', 'x', 'n')
if string.sub(f[1] or '', 1, 8) ~= ARGV[2] or not f[2] then return {0} end
if f[3] == '0' then
  erase()
  return {1, int(now)}
end
local due = now + tonumber(f[3])
redis.call('HDEL', session, 'o', 'h', 'f', 'u')
redis.call('HSET', session, 'a', int(due))
redis.call('DEL', will)
backstop(tonumber(f[3]))
return {1, int(due)}
