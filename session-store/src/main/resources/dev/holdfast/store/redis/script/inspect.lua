-- For the operator, and for the routes of one session.
local f = redis.call('HMGET', session, 'e', 'p', 'o', 'x', 'b', 'k', 'a', 't', 'c', 'v')
if not f[1] or (not f[3] and f[7] and now >= tonumber(f[7])) then return {0} end
local found = subscriptions()
local owed = redis.call('LLEN', queue) - tonumber(f[8] or '0')
local ends_at = not f[3] and tonumber(f[4]) < NEVER and f[7] or '0'
local reply = {1, f[1], f[9] == '1' and f[1] or f[9] or '0', f[2], f[3] or '', f[4], f[5] or '0', f[6] or '0', owed,
  ends_at, redis.call('EXISTS', will), f[10] or '0', #found / 2}
for i = 1, #found do reply[#reply + 1] = found[i] end
return reply
