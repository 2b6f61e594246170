-- ARGV: head, nonce, ms for the word of the displaced gateway, ms for publishing a will.
local nonce = ARGV[2]
local f = redis.call('HMGET', session, 'e', 'o', 'r', 'v', 'p', 'm', 'h', 'f', 'n')
if not f[1] then return replayed(nonce) or {0} end
local blob = (f[2] or f[4]) and redis.call('GET', will)
local left_nonce, visit, due_will = f[2] and string.sub(f[3], 1, 8) or '', now, ''
if blob and f[2] then
  visit = now + tonumber(ARGV[3])
  set_due(f[1], AWAITED, visit, left_nonce, blob)
  left_nonce = ''
elseif blob then
  due_will, visit = blob, now + tonumber(ARGV[4])
  set_due(f[1], HANDED, visit, nonce, blob)
end
if leave_shared(may_be_sent(f[2], f[6], f[7], f[8], f[9])) then visit = now end
local gone = subscriptions()
local reply = {1, f[1], f[5], f[2] or '', left_nonce, int(visit), due_will, #gone / 2}
for i = 1, #gone do reply[#reply + 1] = gone[i] end
erase()
return keep(nonce, reply)
