// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import dev.holdfast.gateway.auth.AuthConfigException;
import dev.holdfast.gateway.auth.Authenticator;
import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.auth.Identity;
import dev.holdfast.gateway.auth.Permissions;
import dev.holdfast.gateway.auth.Verdict;
import dev.holdfast.gateway.config.auth.AclRuleConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.ProblemList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Lets everybody in without a principal, whatever they show; what they may touch is the same for all. */
public final class AnonymousAuthenticator implements Authenticator {
    private final Function<Credentials, CompletableFuture<Verdict>> judge;

    private AnonymousAuthenticator(Function<Credentials, CompletableFuture<Verdict>> judge) {
        this.judge = judge;
    }

    /**
     * One that goes by the rules of the configuration.
     *
     * @param acl the rules, the first that fits decides and what none fits is denied; empty: everything is allowed
     * @param bridgeStates whether that is so of the states of bridges too
     * @throws AuthConfigException if a rule cannot be understood
     */
    public static AnonymousAuthenticator of(List<AclRuleConfig> acl, boolean bridgeStates) throws AuthConfigException {
        if (acl.isEmpty()) {
            Identity anybody = bridgeStates
                    ? new Identity(Identity.ANONYMOUS.principal(), Permissions.ALL_AND_BRIDGE_STATES, null)
                    : Identity.ANONYMOUS;
            CompletableFuture<Verdict> everything = CompletableFuture.completedFuture(new Verdict.Accepted(anybody));
            return new AnonymousAuthenticator(credentials -> everything);
        }
        ProblemList problems = new ProblemList();
        AclRules rules = AclRules.ofConfig(acl, problems);
        AuthConfigException.throwIfAny(problems);
        return new AnonymousAuthenticator(
                credentials -> CompletableFuture.completedFuture(accepted(rules, credentials)));
    }

    /** Complains of every rule that {@link #of} would not understand. */
    public static void check(List<AclRuleConfig> acl, Complaints complaints) {
        AclRules.ofConfig(acl, complaints);
    }

    private static Verdict accepted(AclRules rules, Credentials credentials) {
        Placeholders client = new Placeholders(credentials.clientId(), credentials.username(), "");
        return new Verdict.Accepted(
                new Identity(Identity.ANONYMOUS.principal(), CompiledPermissions.of(rules, client), null));
    }

    @Override
    public CompletionStage<Verdict> authenticate(Credentials credentials) {
        return judge.apply(credentials);
    }

    @Override
    public boolean knowsMethod(String method) {
        return false;
    }
}
