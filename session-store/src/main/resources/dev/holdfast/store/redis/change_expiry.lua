if stale(ARGV[2]) then return {-1} end
local f = redis.call('HMGET', session, 'o', 'x')
if f[1] and f[2] ~= '0' then
  redis.call('HSET', session, 'x', ARGV[3])
  backstop(tonumber(ARGV[3]))
end
return {1}
