-- KEYS: the inbox of a gateway that is dead. ARGV: deadline, at most. Hands out what it has not read, once.
local some = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[2])
local reply = {1}
for i = 1, #some do
  redis.call('XDEL', KEYS[1], some[i][1])
  reply[#reply + 1] = some[i][2][6]
end
return reply
