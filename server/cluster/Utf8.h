#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace concierge::cluster {

/// The text itself where it is valid UTF-8. Otherwise what Node makes of it: U+FFFD for each longest
/// beginning of a character that does not go on as one, put into `storage`. Source: WHATWG Encoding, "UTF-8
/// decoder". Thread: any.
QByteArrayView validUtf8(QByteArrayView text, QByteArray &storage);

} // namespace concierge::cluster
