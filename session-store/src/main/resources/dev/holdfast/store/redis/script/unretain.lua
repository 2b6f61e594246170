-- Removes the retained message of a topic. ARGV: head, whether the call is late or repeated, bell, topic, the entry that must
-- still be there or '', when the removing message arrived. A gateway may have stood still with the call, see retain.lua.
-- Answers 1 and whether there was one.
local late, bell, topic, only, arrived = ARGV[2] == '1', ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local before = redis.call('HGET', kept, topic)
if not before or (only ~= '' and before ~= only) or (late and arrival(before) > arrived) then return {1, 0} end
return {1, remove(topic, bell)}
