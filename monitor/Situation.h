#pragma once

#include "AlertBook.h"
#include "FeedClient.h"
#include "Glyph.h"
#include "Theme.h"

#include <QCoreApplication>

namespace concierge::monitor {

enum class BannerAction { None, Start, ShowWaiting, ShowAlerts };

/// What the banner says: one sentence for a person who is not a programmer, and a second line with what more
/// is known.
struct Situation
{
    Q_DECLARE_TR_FUNCTIONS(Situation)

public:
    Tone tone = Tone::Neutral;
    Glyph glyph = Glyph::Wait;
    QString text;
    QString detail;
    BannerAction action = BannerAction::None;

    struct Input
    {
        FeedState state = FeedState::Connecting;
        QString socket;
        QString refusal;
        QString url;                               ///< where clients connect; empty: not known
        const MonitorSnapshot *snapshot = nullptr; ///< the last one there was
        const AlertEntry *worst = nullptr;
        int alerts = 0;                    ///< that last
        qint64 now = 0;                    ///< time of day
        bool isStarting = false;           ///< somebody has pressed Start
        std::optional<qint64> drainEndsMs; ///< from now, at most
        bool canRestart = false;           ///< from here, also when it does not answer
        qint64 pid = 0;                    ///< of the server; 0: not known
    };
    static Situation of(const Input &input);

    friend bool operator==(const Situation &, const Situation &) = default;

private:
    static QString whoMay(const QString &socket);
    static Situation unreachable(const Input &input);
    static QString howToRestart(const Input &input);
    static Situation working(const Input &input);
};

} // namespace concierge::monitor
