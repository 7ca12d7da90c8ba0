#include "support/FakeClock.h"
#include "transport/DeadlineWheel.h"

#include <QTest>

#include <memory>
#include <random>

using namespace concierge;
using namespace concierge::transport;
using namespace std::chrono_literals;
using concierge::test::FakeClock;

namespace {

class Alarm final : public Deadline
{
public:
    explicit Alarm(std::function<void()> handler = {})
        : action(std::move(handler))
    {}
    std::function<void()> action;
    int fired = 0;

protected:
    void onDeadline() override
    {
        ++fired;
        if (const auto copy = action) // the handler may destroy this
            copy();
    }
};

} // namespace

class TestDeadlineWheel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void advance_beforeDue_firesNothing_data();
    void advance_beforeDue_firesNothing();
    void advance_atNextDue_firesWithinOneSlot_data() { advance_beforeDue_firesNothing_data(); }
    void advance_atNextDue_firesWithinOneSlot();
    void arm_again_movesTheDeadline();
    void cancel_beforeDue_neverFires();
    void destructor_ofDeadline_unlinks();
    void destructor_ofWheel_disarms();
    void handler_armsAgain_firesOncePerAdvance();
    void handler_destroysItself_isSafe();
    void handler_destroysOthersOfTheSlot_theyDoNotFire();
    void handler_advances_firesEachOnce();
    void nextDue_empty_isNothing();
    void nextDue_afterLongIdle_isNeverLate();
    void reschedule_isCalledForEarlierOnly();
    void reschedule_afterNextDueSaidNothing_isCalled();
    void advance_thousandsAtRandom_firesEachInTime();
};

void TestDeadlineWheel::advance_beforeDue_firesNothing_data()
{
    QTest::addColumn<int>("after");
    for (const int after : {0, 1, 7, 8, 9, 100, 25'000, 32'767, 32'768, 32'769, 65'000, 200'000})
        QTest::addRow("%d ms", after) << after;
}

void TestDeadlineWheel::advance_beforeDue_firesNothing()
{
    QFETCH(int, after);
    FakeClock clock;
    clock.advance(3ms); // off the slots' borders
    DeadlineWheel wheel(clock);
    Alarm alarm;
    wheel.arm(alarm, Milliseconds(after));
    for (int i = 0; i < after; ++i) {
        wheel.advance();
        QCOMPARE(alarm.fired, 0);
        clock.advance(1ms);
    }
    for (int i = 0; i < 9; ++i) { // due, and one slot
        clock.advance(1ms);
        wheel.advance();
    }
    QCOMPARE(alarm.fired, 1);
    QVERIFY(!alarm.isArmed());
}

void TestDeadlineWheel::advance_atNextDue_firesWithinOneSlot()
{
    QFETCH(int, after);
    FakeClock clock;
    clock.advance(5ms);
    DeadlineWheel wheel(clock);
    Alarm alarm;
    wheel.arm(alarm, Milliseconds(after));
    const Milliseconds due = clock.monotonic() + Milliseconds(after);
    int wakes = 0;
    while (alarm.fired == 0) {
        const auto next = wheel.nextDue();
        QVERIFY(next);
        QVERIFY(*next <= due + 8ms);
        clock.advance(std::max(0ms, *next - clock.monotonic()));
        wheel.advance();
        QVERIFY(++wakes <= 8); // one for each round at most
    }
    QVERIFY(clock.monotonic() >= due);
    QVERIFY(!wheel.nextDue());
}

void TestDeadlineWheel::arm_again_movesTheDeadline()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    Alarm alarm;
    wheel.arm(alarm, 100ms);
    wheel.arm(alarm, 500ms);
    clock.advance(300ms);
    wheel.advance();
    QCOMPARE(alarm.fired, 0);
    clock.advance(208ms);
    wheel.advance();
    QCOMPARE(alarm.fired, 1);
}

void TestDeadlineWheel::cancel_beforeDue_neverFires()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    Alarm alarm;
    wheel.arm(alarm, 100ms);
    alarm.cancel();
    QVERIFY(!alarm.isArmed());
    clock.advance(1s);
    wheel.advance();
    QCOMPARE(alarm.fired, 0);
}

void TestDeadlineWheel::destructor_ofDeadline_unlinks()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    Alarm first;
    auto second = std::make_unique<Alarm>();
    Alarm third;
    for (Alarm *alarm : {&first, second.get(), &third})
        wheel.arm(*alarm, 50ms);
    second.reset();
    clock.advance(100ms);
    wheel.advance();
    QCOMPARE(first.fired, 1);
    QCOMPARE(third.fired, 1);
}

void TestDeadlineWheel::destructor_ofWheel_disarms()
{
    FakeClock clock;
    Alarm alarm;
    {
        DeadlineWheel wheel(clock);
        wheel.arm(alarm, 50ms);
    }
    QVERIFY(!alarm.isArmed());
}

void TestDeadlineWheel::handler_armsAgain_firesOncePerAdvance()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    Alarm alarm;
    alarm.action = [&] { wheel.arm(alarm, 0ms); };
    wheel.arm(alarm, 0ms);
    for (int i = 1; i <= 5; ++i) {
        clock.advance(8ms);
        wheel.advance();
        QCOMPARE(alarm.fired, i);
    }
}

void TestDeadlineWheel::handler_destroysItself_isSafe()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    auto alarm = std::make_unique<Alarm>();
    int fired = 0;
    alarm->action = [&] {
        ++fired;
        alarm.reset();
    };
    wheel.arm(*alarm, 10ms);
    clock.advance(20ms);
    wheel.advance();
    QCOMPARE(fired, 1);
    QVERIFY(!alarm);
}

void TestDeadlineWheel::handler_destroysOthersOfTheSlot_theyDoNotFire()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    std::vector<std::unique_ptr<Alarm>> alarms;
    int fired = 0;
    for (int i = 0; i < 100; ++i) {
        alarms.push_back(std::make_unique<Alarm>([&] {
            ++fired;
            alarms.clear();
        }));
        wheel.arm(*alarms.back(), Milliseconds(10 + i % 3 * 16)); // three slots
    }
    clock.advance(100ms);
    wheel.advance();
    QCOMPARE(fired, 1);
    QVERIFY(!wheel.nextDue());
}

void TestDeadlineWheel::handler_advances_firesEachOnce()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    Alarm outer;
    Alarm sameSlot;
    Alarm later;
    Alarm muchLater;
    outer.action = [&] {
        clock.advance(100ms);
        wheel.advance();
    };
    wheel.arm(outer, 10ms);
    wheel.arm(sameSlot, 10ms);
    wheel.arm(muchLater, 10ms + 32'768ms); // same slot, next round
    wheel.arm(later, 50ms);
    clock.advance(16ms);
    wheel.advance();
    QCOMPARE(outer.fired, 1);
    QCOMPARE(sameSlot.fired, 1);
    QCOMPARE(later.fired, 1);
    QCOMPARE(muchLater.fired, 0);
    clock.advance(33s);
    wheel.advance();
    QCOMPARE(muchLater.fired, 1);
}

void TestDeadlineWheel::nextDue_empty_isNothing()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    QVERIFY(!wheel.nextDue());
    Alarm alarm;
    wheel.arm(alarm, 1s);
    QVERIFY(wheel.nextDue());
    alarm.cancel();
    QVERIFY(!wheel.nextDue());
}

void TestDeadlineWheel::nextDue_afterLongIdle_isNeverLate()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    clock.advance(1h); // nobody called advance(): there was nothing to wait for
    Alarm alarm;
    wheel.arm(alarm, 100ms);
    int wakes = 0;
    const Milliseconds due = clock.monotonic() + 100ms;
    while (alarm.fired == 0) {
        const Milliseconds next = *wheel.nextDue();
        QVERIFY(next <= due + 8ms);
        clock.advance(std::max(0ms, next - clock.monotonic()));
        wheel.advance();
        QVERIFY(++wakes < 5);
    }
    QVERIFY(clock.monotonic() >= due);
}

void TestDeadlineWheel::reschedule_isCalledForEarlierOnly()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    int calls = 0;
    wheel.setRescheduleHandler([&calls] { ++calls; });
    Alarm late;
    Alarm later;
    Alarm early;
    wheel.arm(late, 1s);
    QCOMPARE(calls, 1);
    wheel.arm(later, 2s);
    QCOMPARE(calls, 1);
    wheel.arm(early, 500ms);
    QCOMPARE(calls, 2);
}

void TestDeadlineWheel::reschedule_afterNextDueSaidNothing_isCalled()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    int calls = 0;
    wheel.setRescheduleHandler([&calls] { ++calls; });
    Alarm early;
    wheel.arm(early, 100ms);
    early.cancel();
    QVERIFY(!wheel.nextDue()); // its owner stops the timer now
    Alarm late;
    wheel.arm(late, 1s);
    QCOMPARE(calls, 2);
}

void TestDeadlineWheel::advance_thousandsAtRandom_firesEachInTime()
{
    FakeClock clock;
    DeadlineWheel wheel(clock);
    std::mt19937 random(7);
    std::uniform_int_distribution<int> delay(0, 70'000);
    struct Entry
    {
        Milliseconds due{};
        std::unique_ptr<Alarm> alarm;
    };
    std::vector<Entry> entries(5'000);
    bool isInTime = true;
    for (Entry &entry : entries) {
        entry.alarm = std::make_unique<Alarm>();
        entry.alarm->action = [&] {
            const Milliseconds late = clock.monotonic() - entry.due;
            isInTime = isInTime && late >= 0ms && late <= 8ms;
            entry.due = clock.monotonic() + Milliseconds(delay(random));
            wheel.arm(*entry.alarm, entry.due - clock.monotonic());
        };
        entry.due = clock.monotonic() + Milliseconds(delay(random));
        wheel.arm(*entry.alarm, entry.due - clock.monotonic());
    }
    const Milliseconds end = clock.monotonic() + 200s;
    while (clock.monotonic() < end) {
        clock.advance(std::max(0ms, *wheel.nextDue() - clock.monotonic()));
        wheel.advance();
    }
    QVERIFY(isInTime);
    for (const Entry &entry : entries)
        QVERIFY(entry.alarm->fired >= 1);
}

QTEST_APPLESS_MAIN(TestDeadlineWheel)
#include "tst_deadline_wheel.moc"
