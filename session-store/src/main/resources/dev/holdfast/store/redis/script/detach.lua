-- ARGV: head, epoch, nonce, expiry ms, sent mark, keep will, ms for publishing a will.
local epoch, nonce, expiry, sent, keep_will = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local f = redis.call('HMGET', session, 'e', 'r', 'm', 'n', 'o', 'x', 'a', 'v', 'p', 'c')
if f[1] ~= epoch then return replayed(nonce) or {-1} end
if f[7] and now >= tonumber(f[7]) then return {-1} end
local attach_nonce = string.sub(f[2], 1, 8)
if not f[5] then
  return replayed(nonce) or {1, 0, int(math.min(tonumber(f[7]), tonumber(f[8] or 'inf'))), attach_nonce, ''}
end
local blob = keep_will and redis.call('GET', will)
local ends = expiry == 0 or f[6] == '0'
local visit = now
if blob and (ends or will_delay(blob) == 0) then
  -- The caller's to publish [MQTT-3.1.3-9]; the sweep's if the caller dies before it has.
  visit = now + tonumber(ARGV[7])
  set_due(epoch, HANDED, visit, attach_nonce, blob)
end
if ends then
  if leave_shared(math.max(tonumber(f[3] or '0'), math.min(sent, tonumber(f[4] or '0')))) then visit = now end
  local gone = subscriptions()
  local reply = {1, f[10] == '1' and 1 or 2, int(visit), attach_nonce, blob or '', f[9], #gone / 2}
  for i = 1, #gone do reply[#reply + 1] = gone[i] end
  erase()
  return keep(nonce, reply)
end
local ends_at = now + expiry
local mark = math.max(tonumber(f[3] or '0'), math.min(sent, tonumber(f[4] or '0')))
redis.call('HDEL', session, 'o', 'v', 'h', 'f', 'u')
redis.call('HSET', session, 'x', int(expiry), 'a', int(ends_at))
if mark > 0 then redis.call('HSET', session, 'm', int(mark)) end
backstop(expiry)
if visit > now then
  redis.call('DEL', will)
  return keep(nonce, {1, 0, int(math.min(ends_at, visit)), attach_nonce, blob})
end
if not blob then
  redis.call('DEL', will)
  return {1, 0, int(ends_at), attach_nonce, ''}
end
local will_due = now + will_delay(blob)
redis.call('HSET', session, 'v', int(will_due))
return {1, 0, int(math.min(ends_at, will_due)), attach_nonce, ''}
