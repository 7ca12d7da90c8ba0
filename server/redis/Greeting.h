#pragma once

#include "redis/Loss.h"
#include "redis/Options.h"

#include <QByteArray>

#include <cstddef>
#include <optional>
#include <vector>

namespace concierge::redis {

/// What is said first on a connection, in one go: AUTH, SELECT, CLIENT SETNAME as far as they are wanted, and
/// a PING, which alone shows that Redis does take commands. A value.
class Greeting
{
public:
    enum class State : quint8 { Open, Done, Failed };

    explicit Greeting(const Options &options);
    void appendTo(QByteArray &out) const;
    /// The answers, in order. Failed: reason() and detail() say why; nothing more may come.
    State take(const Reply &reply);
    LossReason reason() const noexcept { return m_reason; }
    const QString &detail() const noexcept { return m_detail; }

private:
    enum class Step : quint8 { Auth, Select, SetName, Ping };

    State fail(Step step, const Reply &reply);

    const Options &m_options;
    std::vector<Step> m_steps;
    std::size_t m_answered = 0;
    LossReason m_reason = LossReason::Rejected;
    QString m_detail;
};

/// The reason to look for another Redis that an error of any command is: it is no master, or not yet.
std::optional<LossReason> failoverReason(const Reply &reply);

} // namespace concierge::redis
