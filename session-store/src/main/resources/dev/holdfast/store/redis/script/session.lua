-- What the scripts that make and end sessions share.
-- Session hash: e epoch, o owner, p principal, x expiry ms, n last seq, b queued bytes, l queue limits and term, k dropped, g those of them
-- that an attach has told of,
-- m sent mark, u while a displaced or dead owner has not said how far it has sent: its epoch and the sent mark before it,
-- h highest seq read since the attach, f first seq of this ownership, t entries that are done, z earliest
-- message expiry, y whether it has had a shared subscription, j seqs that were left out, c the epoch with which it began, or 1 if it is clean, a expiry due at, v will due at, r nonce of the attach and whether it resumed, i when
-- that was asked for, +filter
-- subscription.
local session, queue, inbound, seen, will, replay, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local ended_at = KEYS[8]
local NEVER = 4294967295000  -- ms from which an expiry is none
local REPLAY = 120000        -- ms for which the answer of an erasing call can be asked again
local DUE = 86400000         -- ms that a due will waits for a gateway to publish it, if there is none
local NEWS = 60000           -- ms within which every gateway has heard that a session has ended
local AWAITED, HANDED = 'd', 'h'

-- Renews the TTL behind every key of the session.
local function backstop(expiry)
  local keys = {session, queue, inbound, will}
  for i = 1, #keys do
    if expiry >= NEVER then redis.call('PERSIST', keys[i])
    else redis.call('PEXPIRE', keys[i], int(2 * expiry + MARGIN)) end
  end
end

-- Notes that a session may have what other members of a shared subscription can have.
local function note_shared(filter)
  if string.sub(filter, 1, 7) == '$share/' then redis.call('HSET', session, 'y', 1) end
end

-- filter, options, filter, options ... of a session hash
local function subscriptions()
  local all, found = redis.call('HGETALL', session), {}
  for i = 1, #all, 2 do
    if string.byte(all[i]) == 43 then
      found[#found + 1] = string.sub(all[i], 2)
      found[#found + 1] = all[i + 1]
    end
  end
  return found
end

-- Ends the session. Whoever begins the next one of that name soon has the gateways told, before its client hears of it.
local function erase()
  local f = redis.call('HMGET', session, 'e', 'c')
  if f[1] and f[2] ~= '1' then redis.call('SET', ended_at, f[1], 'PX', NEWS) end
  redis.call('DEL', session, queue, inbound, seen, will)
end

-- The subscriptions, or the will, would be lost with a lost answer: it is kept until no retry can come.
local function keep(nonce, reply)
  redis.call('SET', replay, nonce .. cmsgpack.pack(reply), 'PX', REPLAY)
  return reply
end

local function replayed(nonce)
  local kept = redis.call('GET', replay)
  if kept and string.sub(kept, 1, #nonce) == nonce then return cmsgpack.unpack(string.sub(kept, #nonce + 1)) end
end

-- The delay stands in front of a will, 8 bytes of milliseconds.
local function will_delay(blob) return struct.unpack('>I8', blob) end

-- A will that is due, by the epoch of its connection, until it has been published: AWAITED while the gateway of a
-- displaced connection may say what is to become of it, or HANDED to who publishes it. The sweep takes it at the time.
local function set_due(epoch, state, at, nonce, blob)
  redis.call('HSET', due, epoch, state .. struct.pack('>I8', at) .. nonce .. blob)
  redis.call('PEXPIRE', due, DUE)
end

-- Beside the wills: until when what the session has left to other members is given by one gateway alone.
local LEFT_LEASE = '*'
local function lease_left(until_ms)
  redis.call('HSET', due, LEFT_LEASE, int(until_ms))
  redis.call('PEXPIRE', due, DUE)
end

-- state, time, nonce of the attach, will
local function parts_of_due(value)
  return string.sub(value, 1, 1), struct.unpack('>I8', value, 2), string.sub(value, 10, 17), string.sub(value, 18)
end

-- Whether an epoch is not the session's, or the session has ended and waits for its sweep.
local function stale(epoch)
  local f = redis.call('HMGET', session, 'e', 'a')
  return f[1] ~= epoch or (f[2] and now >= tonumber(f[2]))
end
