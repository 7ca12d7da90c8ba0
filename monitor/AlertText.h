#pragma once

#include "Theme.h"
#include "shared/Feed.h"

namespace concierge::monitor {

/// An alert in the person's language: by its code and its figures where both are known, else in the server's
/// own words.
struct AlertText
{
    QString title;  ///< a few words
    QString text;   ///< one sentence with the figures
    QString advice; ///< what to do

    static AlertText of(const Alert &alert);
    /// Of an alert that began there.
    static QString titleOf(const feed::Marker &marker);
};

Tone toneOf(const Alert &alert);
/// "Problem", "Warning", "Notice"
QString severityName(const Alert &alert);
/// Critical first; of the same weight, the oldest.
bool isWorse(const Alert &one, const Alert &two);

} // namespace concierge::monitor
