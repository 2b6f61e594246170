-- An operator ends a session for good. ARGV: head, nonce, ms for the word of the displaced gateway, ms for publishing a will.
-- Answers 0 if there is none, else 1 and what SessionReplies.destroyed reads.
local nonce, word_ms, publish_ms = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local epoch, owner, attach, known_will_due, principal, sent_mark, highest_read, first_owned, last_seq =
  unpack(redis.call('HMGET', session, 'e', 'o', 'r', 'v', 'p', 'm', 'h', 'f', 'n'))
if not epoch then return replayed(nonce) or {0} end
local blob = (owner or known_will_due) and redis.call('GET', will)
local left_nonce, visit, due_will = owner and nonce_of(attach) or '', now, ''
if blob and owner then
  visit = now + word_ms
  set_due(epoch, AWAITED, visit, left_nonce, blob)
  left_nonce = ''
elseif blob then
  due_will, visit = blob, now + publish_ms
  set_due(epoch, HANDED, visit, nonce, blob)
end
if leave_shared(may_be_sent(owner, sent_mark, highest_read, first_owned, last_seq)) then visit = now end
local gone = subscriptions()
local reply = {1, epoch, principal, owner or '', left_nonce, int(visit), due_will, #gone / 2}
for i = 1, #gone do reply[#reply + 1] = gone[i] end
erase()
return keep(nonce, reply)
