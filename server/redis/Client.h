#pragma once

#include "redis/Link.h"
#include "redis/Scripts.h"
#include "shared/Result.h"

#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>

namespace concierge::redis {

/// What became of a command that Redis did not answer.
enum class Unanswered : quint8 {
    NotSent, ///< Redis has not had all of it: surely not done
    Lost     ///< it was sent, and the connection ended: done or not, nobody knows
};

/// Redis' answer, which may be an error (Reply::isError(): surely not done), or why there is none.
using Answer = Result<Reply, Unanswered>;

enum class SendStatus : quint8 {
    Taken,   ///< it is answered, once
    Full,    ///< Options::maxUnanswered or maxUnansweredBytes; nothing was done, and nobody is called
    NotReady ///< there is no connection; the same
};

/// Hears a Client. None of it is called from within the client's calls. Thread: the client's.
class ClientListener
{
public:
    virtual ~ClientListener() = default;
    /// From now on commands are taken.
    virtual void onReady() = 0;
    /// A connection has ended, or an attempt has failed; all that was unanswered has been answered. The
    /// client tries again by itself, for ever.
    virtual void onLost(const Loss &loss) = 0;
};

/// A pipelined connection to Redis that comes back by itself.
///
/// Order: commands are sent in the order of the calls, and answered in it. The one exception is a script that
/// Redis had forgotten (SCRIPT FLUSH, a failover): it is loaded and sent again, so that it runs behind what
/// was sent after it. What one turn of the event loop sends leaves in one write. Callbacks come from the
/// event loop, never from within send(); of each Taken command exactly once, unless the client is destroyed
/// before: then never.
///
/// Not for what takes the connection for itself or lets Redis answer late or never: SUBSCRIBE and its like,
/// MONITOR, HELLO, CLIENT REPLY, BLPOP and whatever blocks. What takes Redis longer than Options::timeout
/// looks like a dead Redis. MULTI … EXEC is a transaction like any other where it is sent in one turn.
///
/// On READONLY, LOADING or MASTERDOWN, answered to whatever command, no more commands are taken, those that
/// are open are answered, then it connects anew, asking for the host's address again.
///
/// Thread: one, with an event loop, from its making to its end. It may not be destroyed from within a
/// callback or its listener.
class Client final : private LinkListener
{
public:
    using Callback = std::function<void(Answer)>;

    /// What is passed by reference outlives the client. Nothing happens before start().
    Client(Options options, const Clock &clock, metrics::ThreadCounters &counters, ClientListener &listener);
    ~Client() override;

    void start();
    /// Ends the connection at once, without onLost(); what is unanswered is answered from within. start()
    /// begins anew.
    void stop();
    bool isReady() const noexcept { return m_isReady; }

    /// `words`: the command and its arguments, for example `{"SET", key, value, "PX", 5'000}`. Without a
    /// callback nobody hears of the answer; an error is counted.
    [[nodiscard]] SendStatus send(std::span<const Arg> words, Callback callback = {});
    [[nodiscard]] SendStatus send(std::initializer_list<Arg> words, Callback callback = {})
    {
        return send(std::span<const Arg>(words.begin(), words.size()), std::move(callback));
    }

    /// Keeps a Lua script, which is loaded into Redis with each connection. Before start().
    ScriptId addScript(QByteArray lua) { return m_scripts.add(std::move(lua)); }
    /// Runs a script of this client: `KEYS` and `ARGV` as Lua has them. Its words are kept until the answer.
    [[nodiscard]] SendStatus run(ScriptId script, std::span<const Arg> keys, std::span<const Arg> arguments,
                                 Callback callback = {});
    [[nodiscard]] SendStatus run(ScriptId script, std::initializer_list<Arg> keys,
                                 std::initializer_list<Arg> arguments, Callback callback = {})
    {
        return run(script, std::span<const Arg>(keys.begin(), keys.size()),
                   std::span<const Arg>(arguments.begin(), arguments.size()), std::move(callback));
    }

    qsizetype unanswered() const noexcept { return static_cast<qsizetype>(m_open.size()); }
    qint64 unansweredBytes() const noexcept { return m_link.given() - m_answeredUpTo; }

private:
    enum class Kind : quint8 { Command, Script, Load, Ping };
    struct ScriptCall
    {
        ScriptId script;
        QByteArray command; // encoded
        int repeats = 0;
    };
    struct Open
    {
        Callback callback;
        std::unique_ptr<ScriptCall> call; // of Kind::Script
        Microseconds since{};
        qint64 end = 0; // of its bytes in the connection's
        Kind kind = Kind::Command;
    };

    void onLinkOpened() override;
    void onLinkReady() override;
    bool onLinkReply(Reply &reply) override;
    void onLinkIdle() override;
    std::optional<Milliseconds> unansweredSince() const override;
    void onLinkLost(const Loss &loss) override;

    std::optional<SendStatus> refusal(qint64 bytes) const;
    void beginTurn();
    void opened(Kind kind, Callback callback = {}, std::unique_ptr<ScriptCall> call = {});
    void load(ScriptId script);
    bool isRepeated(Open &open, const Reply &reply);
    void answer(Open &open, Reply &reply);
    void answerAll();

    ClientListener &m_listener;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    metrics::Histogram &m_roundTrips;
    Link m_link;
    Scripts m_scripts;
    std::deque<Open> m_open; // in the order of their answers
    qint64 m_answeredUpTo = 0;
    Microseconds m_turnAt{}; // when the first of what is gathered was sent
    bool m_isReady = false;
    std::optional<LossReason> m_leaving;
};

} // namespace concierge::redis
