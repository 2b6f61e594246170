-- ARGV: deadline, epoch, nonce, expiry ms, sent mark, keep will.
local epoch, nonce, expiry, sent, keep_will = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local f = redis.call('HMGET', session, 'e', 'r', 'm', 'n', 'o', 'x', 'a', 'v')
if f[1] ~= epoch then return replayed(nonce) or {-1} end
if f[7] and now >= tonumber(f[7]) then return {-1} end
local attach_nonce = string.sub(f[2], 1, 8)
if not f[5] then return {1, 0, int(math.min(tonumber(f[7]), tonumber(f[8] or 'inf'))), attach_nonce} end
local blob = keep_will and redis.call('GET', will)
if expiry == 0 or f[6] == '0' then
  local gone = subscriptions()
  local reply = {1, 1, '0', attach_nonce, blob or '', #gone / 2}
  for i = 1, #gone do reply[#reply + 1] = gone[i] end
  erase()
  return keep(nonce, reply)
end
local due = now + expiry
local mark = math.max(tonumber(f[3] or '0'), math.min(sent, tonumber(f[4] or '0')))
redis.call('HDEL', session, 'o', 'v', 'h', 'f')
redis.call('HSET', session, 'x', int(expiry), 'a', int(due))
if mark > 0 then redis.call('HSET', session, 'm', int(mark)) end
if blob then
  local will_due = now + will_delay(blob)
  redis.call('HSET', session, 'v', int(will_due))
  due = math.min(due, will_due)
else
  redis.call('DEL', will)
end
backstop(expiry)
return {1, 0, int(due), attach_nonce}
