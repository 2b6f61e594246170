-- Makes a gateway the owner of a session, which begins, goes on or begins anew. ARGV: head, nonce, principal, gateway, clean
-- start, expiry ms, will or '', queue limits, ms for the word of a displaced gateway, ms for publishing a will, whether a
-- persistent session that begins has to be counted first, and when the attach was asked for, or 0.
-- Answers NOT_OWNER, NOT_COUNTED, OVERTAKEN, or what SessionReplies.attached reads.
local WAITED = 1000  -- ms; an attach that is younger is not checked for having been overtaken
local nonce, principal, gateway, clean_start = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local expiry, testament, limits = tonumber(ARGV[6]), ARGV[7], ARGV[8]
local word_ms, publish_ms, is_to_be_counted, asked = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11] == '1', tonumber(ARGV[12])

local epoch, known_principal, owner, known_expiry, last_seq, ends_at, sent_mark, attach, will_due, highest_read, first_owned,
  known_limits, born, done, dropped, dropped_told, asked_before = unpack(redis.call('HMGET', session,
  'e', 'p', 'o', 'x', 'n', 'a', 'm', 'r', 'v', 'h', 'f', 'l', 'c', 't', 'k', 'g', 'i'))
local last, mark = tonumber(last_seq or '0'), tonumber(sent_mark or '0')
local lost, lost_before = tonumber(dropped or '0'), tonumber(dropped_told or '0')
local present, displaced, left_nonce, visit, due_will, discarded = 0, '', '', 0, '', {}
local known_will = ''
local ended, former, former_principal, predecessor = '', epoch or '0', known_principal or '', '0'
born = born or '0'

if epoch and nonce_of(attach) == nonce then
  -- A repetition of this very call, whose answer was lost: only the answer is given once more.
  local kept = replayed(nonce)
  if kept then return kept end
  present = tonumber(resumed_of(attach))
else
  local over = epoch and not owner and has_passed(ends_at)
  if epoch and not over and known_principal ~= principal then return {NOT_OWNER} end
  -- This attach has waited, or is a repetition. The present connection came after it and must not be displaced by it.
  if owner and asked > 0 and now - asked > WAITED and tonumber(asked_before or '0') > asked then return {OVERTAKEN} end
  -- A session of expiry 0 ends with its connection, which is displaced now [MQTT-3.1.2-23].
  if over then ended = EXPIRED elseif epoch and (clean_start or (owner and known_expiry == '0')) then ended = DISCARDED end
  -- A persistent session that replaces a persistent session does not add to their number.
  if is_to_be_counted and (not epoch or over or born == '1') then return {NOT_COUNTED} end
  local blob = (owner or will_due) and redis.call('GET', will)
  if owner then
    displaced, left_nonce = owner, nonce_of(attach)
    if blob and (ended ~= '' or will_delay(blob) == 0) then
      -- The will is due unless the client has said goodbye, and only its gateway knows that [MQTT-3.1.3-9] [MQTT-3.14.4-3].
      visit = now + word_ms
      set_due(epoch, AWAITED, visit, left_nonce, blob)
      left_nonce, known_will = '', epoch
    end
  elseif blob and ended ~= '' then
    due_will, known_will, visit = blob, epoch, now + publish_ms
    set_due(epoch, HANDED, visit, nonce, blob)
  elseif blob and has_passed(will_due) then
    -- The delay is over, but the sweep has not come yet: this attach is faster (wills_left.lua).
    visit = now
    set_due(epoch, HANDED, visit, nonce, blob)
  end
  if ended ~= '' then
    discarded = subscriptions()
    if leave_shared(may_be_sent(owner, sent_mark, highest_read, first_owned, last_seq)) then visit = now end
    erase()
    last, mark = 0, 0
  elseif epoch then
    present = 1
    local read = math.max(mark, tonumber(highest_read or '0'))
    if owner then
      -- The displaced owner has not said yet how far it has sent. It sends in order, so an entry that stood in the queue before
      -- that owner came, and that it has not read, holds back all entries behind.
      redis.call('HSET', session, 'u', epoch .. ':' .. int(mark))
      local index, unread = find(queue, redis.call('LLEN', queue), read + 1)
      mark = (unread and seq_of(unread) < tonumber(first_owned or '1')) and read or last
    else
      redis.call('HDEL', session, 'u')
    end
    if term_of(known_limits) < term then
      last = lifted(last)
      redis.call('HSET', session, 'n', int(last))
    end
  end
  -- The epoch is above any epoch that this client identifier ever had, that of an erased session and that of an attach that
  -- Redis has lost included.
  epoch = int(math.max(tonumber(epoch or '0') + 1, micros()))
  redis.call('HSET', session, 'e', epoch, 'o', gateway, 'p', principal, 'x', int(expiry),
    'l', limits .. later_term(present == 1 and known_limits or limits), 'r', nonce .. present, 'i', int(asked))
  if present == 1 then redis.call('HSET', session, 'm', int(mark), 'f', int(last + 1)) end
  if present == 1 and lost > lost_before then redis.call('HSET', session, 'g', int(lost)) end
  redis.call('HDEL', session, 'a', 'v', 'h')
  if present == 0 then
    born = epoch
    redis.call('HSET', session, 'c', expiry == 0 and '1' or born)
    predecessor = redis.call('GET', ended_at) or '0'
  end
  if testament == '' then redis.call('DEL', will) else redis.call('SET', will, testament) end
  backstop(expiry)
end

-- Whether wills of earlier connections are still to be published.
local owed, waiting = 0, redis.call('HKEYS', due)
for i = 1, #waiting do
  if waiting[i] ~= LEFT_LEASE and waiting[i] ~= known_will then owed = 1 end
end

local head = redis.call('LINDEX', queue, 0)
local first = head and seq_of(head) or last + 1
local ids = redis.call('HKEYS', inbound)
local queued = present == 1 and redis.call('LLEN', queue) - tonumber(done or '0') or 0
local reply = {1, epoch, born == '1' and epoch or born, present, displaced, former, left_nonce, int(visit), int(first), int(last + 1), int(mark),
  redis.call('HGET', session, 'j') or '', ended, predecessor, queued, present == 1 and int(lost - lost_before) or 0,
  former_principal, due_will, owed, #ids}
for i = 1, #ids do reply[#reply + 1] = ids[i] end
local kept, cursors, identifiers = {}, {}, ALL_IDENTIFIERS
if present == 1 then kept, cursors, identifiers = subscriptions() end
reply[#reply + 1] = #kept / 2
for i = 1, #kept do reply[#reply + 1] = kept[i] end
reply[#reply + 1] = #discarded / 2
for i = 1, #discarded do reply[#reply + 1] = discarded[i] end
reply[#reply + 1] = identifiers
reply[#reply + 1] = #cursors / 2
for i = 1, #cursors do reply[#reply + 1] = cursors[i] end
if displaced ~= '' or ended ~= '' or visit > 0 or predecessor ~= '0' then keep(nonce, reply) end
return reply
