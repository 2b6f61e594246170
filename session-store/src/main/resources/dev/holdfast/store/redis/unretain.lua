-- ARGV: deadline, bell, topic, entry that must still be there or ''.
if ARGV[4] ~= '' and redis.call('HGET', kept, ARGV[3]) ~= ARGV[4] then return {1, 0} end
return {1, remove(ARGV[3], ARGV[2])}
