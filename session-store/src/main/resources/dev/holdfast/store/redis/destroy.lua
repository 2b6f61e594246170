local nonce = ARGV[2]
local f = redis.call('HMGET', session, 'e', 'o', 'r', 'v')
if not f[1] then return replayed(nonce) or {0} end
local gone = subscriptions()
local reply = {1, f[2] or '', string.sub(f[3], 1, 8), f[4] and redis.call('GET', will) or '', #gone / 2}
for i = 1, #gone do reply[#reply + 1] = gone[i] end
erase()
return keep(nonce, reply)
