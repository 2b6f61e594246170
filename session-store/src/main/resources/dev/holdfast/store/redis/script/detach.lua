-- A connection has ended: its session goes offline, or ends. ARGV: head, epoch, nonce, expiry ms, sent mark, whether the will
-- is kept, ms for publishing a will.
-- Answers STALE, or 1 and what SessionReplies.detached reads.
local epoch, nonce, expiry, sent, keep_will = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local publish_ms = tonumber(ARGV[7])
local present, attach, sent_mark, last_seq, owner, known_expiry, known_end, will_due, principal, born =
  unpack(redis.call('HMGET', session, 'e', 'r', 'm', 'n', 'o', 'x', 'a', 'v', 'p', 'c'))
if present ~= epoch then return replayed(nonce) or {STALE} end
if has_passed(known_end) then return {STALE} end
local attach_nonce = nonce_of(attach)
if not owner then
  return replayed(nonce) or {1, 0, int(math.min(tonumber(known_end), tonumber(will_due or 'inf'))), attach_nonce, ''}
end
local blob = keep_will and redis.call('GET', will)
local ends = expiry == 0 or known_expiry == '0'
local mark = math.max(tonumber(sent_mark or '0'), math.min(sent, tonumber(last_seq or '0')))
local visit = now
if blob and (ends or will_delay(blob) == 0) then
  -- The caller publishes the will [MQTT-3.1.3-9]; the sweep does if the caller dies before.
  visit = now + publish_ms
  set_due(epoch, HANDED, visit, attach_nonce, blob)
end
if ends then
  if leave_shared(mark) then visit = now end
  local gone = subscriptions()
  local reply = {1, born == '1' and ENDED_CLEAN or ENDED_KEPT, int(visit), attach_nonce, blob or '', principal, #gone / 2}
  for i = 1, #gone do reply[#reply + 1] = gone[i] end
  erase()
  return keep(nonce, reply)
end
local ends_at = now + expiry
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
local new_will_due = now + will_delay(blob)
redis.call('HSET', session, 'v', int(new_will_due))
return {1, 0, int(math.min(ends_at, new_will_due)), attach_nonce, ''}
