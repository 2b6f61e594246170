if stale(ARGV[2]) then return {-1} end
local reply = {1}
for i = 3, #ARGV, 2 do
  reply[#reply + 1] = redis.call('HSET', session, '+' .. ARGV[i], ARGV[i + 1])
  note_shared(ARGV[i])
end
return reply
