/// What the client of Redis takes and costs: bench_redis [URL] [COMMANDS]. Without a URL, against a
/// redis-server of its own. Figures on stdout; CPU is this process's alone.
#include "redis/Client.h"
#include "redis/ReplyReader.h"
#include "redis/Subscriber.h"
#include "support/RedisServer.h"

#include <QCoreApplication>

#include <chrono>
#include <cstdio>
#include <ctime>

using namespace concierge;
using namespace concierge::redis;
using std::chrono::duration;
using std::chrono::steady_clock;

namespace {

double cpuSeconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// From its making to print().
class Stopwatch
{
public:
    void print(const char *what, int count) const
    {
        const double time = duration<double>(steady_clock::now() - m_begin).count();
        const double cpu = cpuSeconds() - m_cpu;
        std::printf("%-46s %9.0f/s  %6.3f us of CPU each\n", what, count / time, cpu * 1e6 / count);
    }

private:
    steady_clock::time_point m_begin = steady_clock::now();
    double m_cpu = cpuSeconds();
};

class Bench final : private ClientListener, private SubscriberListener
{
public:
    explicit Bench(const Options &options)
        : m_client(options, m_clock, m_counters, *this)
        , m_subscriber(options, m_clock, m_counters, *this)
        , m_script(m_client.addScript("return redis.call('SET', KEYS[1], ARGV[1])"))
    {
        m_client.start();
        if (m_subscriber.subscribe(Subscription::Channel, "bench") == Subscriber::Status::Taken)
            m_subscriber.start();
        wait([this] { return m_readies == 2; });
    }

    /// Keeps so many commands open.
    template <class Send>
    void run(const char *what, int count, int inFlight, Send send)
    {
        m_given = 0;
        m_answered = 0;
        const Stopwatch watch;
        std::function<void(Answer)> onAnswer = [&](const Answer &) {
            ++m_answered;
            if (m_given < count)
                m_given += send(onAnswer) == SendStatus::Taken ? 1 : 0;
        };
        while (m_given < std::min(count, inFlight))
            m_given += send(onAnswer) == SendStatus::Taken ? 1 : 0;
        wait([&] { return m_answered == count; });
        char line[80];
        std::snprintf(line, sizeof line, "%s, %d in flight", what, inFlight);
        watch.print(line, count);
    }

    void runAll(int count)
    {
        const QByteArray value(100, 'x');
        const auto set = [&](const auto &then) {
            return m_client.send({"SET", "bench", value}, std::ref(then));
        };
        const auto get = [&](const auto &then) { return m_client.send({"GET", "bench"}, std::ref(then)); };
        const auto script = [&](const auto &then) {
            return m_client.run(m_script, {"bench"}, {value}, std::ref(then));
        };
        for (const int inFlight : {1, 16, 256, 4'096}) {
            run("SET of 100 bytes", inFlight == 1 ? count / 10 : count, inFlight, set);
            run("GET of 100 bytes", inFlight == 1 ? count / 10 : count, inFlight, get);
        }
        run("EVALSHA of a SET of 100 bytes", count, 256, script);
        m_heard = 0;
        const Stopwatch watch;
        const auto publish = [&](const auto &then) {
            return m_client.send({"PUBLISH", "bench", value}, std::ref(then));
        };
        run("PUBLISH of 100 bytes, and hearing it", count, 256, publish);
        wait([&] { return m_heard == count; });
        const auto latency = m_counters.latency(metrics::Latency::Redis).read();
        std::printf("round trips: median %.0f us, 99 %% %.0f us\n", latency.quantile(0.5),
                    latency.quantile(0.99));
    }

private:
    void onReady() override { ++m_readies; }
    void onLost(const Loss &loss) override { qFatal("%s", qPrintable(loss.text)); }
    void onMessage(const Message &) override { ++m_heard; }

    template <class Condition>
    static void wait(Condition isSo)
    {
        while (!isSo())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }

    SystemClock m_clock;
    metrics::ThreadCounters m_counters;
    Client m_client;
    Subscriber m_subscriber;
    ScriptId m_script;
    int m_readies = 0;
    int m_given = 0;
    int m_answered = 0;
    int m_heard = 0;
};

/// What is above the socket, without one.
void runCodec(int count)
{
    const QByteArray value(100, 'x');
    QByteArray out;
    const Stopwatch encoding;
    for (int i = 0; i < count; ++i) {
        appendCommand(out, {"SET", "bench", value});
        if (out.size() > 60'000)
            out.clear();
    }
    encoding.print("encoding SET of 100 bytes", count);
    const QByteArray replies =
        QByteArray("*3\r\n$7\r\nmessage\r\n$5\r\nbench\r\n$100\r\n" + value + "\r\n").repeated(100);
    ReplyReader reader;
    int read = 0;
    const Stopwatch decoding;
    while (read < count) {
        reader.feed(replies);
        while (reader.next() == ReplyReader::Step::Reply)
            ++read;
    }
    decoding.print("decoding a message of 100 bytes", read);
}

} // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication app(argc, argv);
    Options options;
    test::RedisServer server;
    if (argc > 1) {
        auto url = Url::parse(QString::fromLocal8Bit(argv[1]));
        if (!url) {
            std::printf("the URL %s\n", qPrintable(url.error()));
            return 2;
        }
        options.url = *url;
    } else if (!server.start()) {
        return 1;
    } else {
        options.url = server.url();
    }
    const int count = argc > 2 ? QByteArray(argv[2]).toInt() : 500'000;
    runCodec(count);
    Bench(options).runAll(count);
    return 0;
}
