#include "redis/Greeting.h"

#include "redis/Command.h"

namespace concierge::redis {

namespace {

bool isTooManyClients(const Reply &reply)
{
    return reply.bytes.startsWith("ERR max number of clients");
}

/// What Redis says unasked when it accepts a connection, and closes it.
bool isLastWord(const Reply &reply)
{
    return reply.errorCode() == "DENIED" || isTooManyClients(reply);
}

} // namespace

Greeting::Greeting(const Options &options)
    : m_options(options)
{
    if (!options.url.password.isEmpty())
        m_steps.push_back(Step::Auth);
    if (options.url.database != 0)
        m_steps.push_back(Step::Select);
    if (!options.name.isEmpty())
        m_steps.push_back(Step::SetName);
    m_steps.push_back(Step::Ping);
}

void Greeting::appendTo(QByteArray &out) const
{
    for (const Step step : m_steps) {
        switch (step) {
        case Step::Auth:
            if (m_options.url.user.isEmpty()) // two words are all that Redis 5 knows
                appendCommand(out, {"AUTH", m_options.url.password});
            else
                appendCommand(out, {"AUTH", m_options.url.user, m_options.url.password});
            break;
        case Step::Select:
            appendCommand(out, {"SELECT", m_options.url.database});
            break;
        case Step::SetName:
            appendCommand(out, {"CLIENT", "SETNAME", m_options.name});
            break;
        case Step::Ping:
            appendCommand(out, {"PING"});
            break;
        }
    }
}

Greeting::State Greeting::take(const Reply &reply)
{
    const Step step = m_steps[m_answered];
    if (reply.isError()) {
        // The name is for people only; what keeps all from working fails the PING too, unless nothing comes
        // behind it.
        if (step != Step::SetName || isLastWord(reply))
            return fail(step, reply);
    } else if (!reply.isStatus(step == Step::Ping ? "PONG" : "OK")) {
        m_reason = LossReason::Garbage;
        return State::Failed;
    }
    return ++m_answered == m_steps.size() ? State::Done : State::Open;
}

/// Nothing of the error is passed on: it may repeat what we have sent.
Greeting::State Greeting::fail(Step step, const Reply &reply)
{
    const QByteArrayView code = reply.errorCode();
    if (const auto reason = failoverReason(reply)) {
        m_reason = *reason;
    } else if (code == "WRONGPASS") {
        m_reason = LossReason::Password;
        m_detail = QStringLiteral("they are wrong, or the user is switched off");
    } else if (code == "NOAUTH") {
        m_reason = LossReason::Password;
        m_detail = QStringLiteral("it wants a password, and there is none in the URL");
    } else if (code == "NOPERM") {
        m_reason = LossReason::Permission;
        m_detail =
            step == Step::Select ? QStringLiteral("SELECT, by its ACL") : QStringLiteral("PING, by its ACL");
    } else if (code == "DENIED") {
        m_reason = LossReason::Permission;
        m_detail =
            QStringLiteral("it is in protected mode: it has no password, and takes only its own machine");
    } else if (isTooManyClients(reply)) {
        m_reason = LossReason::TooManyClients;
    } else if (step == Step::Auth) {
        m_reason = LossReason::Password;
        if (reply.bytes.contains("without any password") || reply.bytes.contains("no password is set"))
            m_detail = QStringLiteral("none is set there, but one is in the URL");
    } else if (step == Step::Select) {
        m_reason = LossReason::Database;
    }
    return State::Failed;
}

std::optional<LossReason> failoverReason(const Reply &reply)
{
    if (!reply.isError())
        return std::nullopt;
    const QByteArrayView code = reply.errorCode();
    if (code == "READONLY")
        return LossReason::ReadOnly;
    if (code == "LOADING")
        return LossReason::Loading;
    if (code == "MASTERDOWN")
        return LossReason::MasterDown;
    return std::nullopt;
}

} // namespace concierge::redis
