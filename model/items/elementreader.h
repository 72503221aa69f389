// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "edit/editedvector.h"
#include "items/tasks.h"
#include "layout/flatlayout.h"

#include <memory>
#include <optional>
#include <vector>

namespace ravel {

// One element in full: what it is called, where it stands, what it holds.
struct ElementFacts {
    FlatIndex index;
    QString name, coordinates, dtype; // "fc.weight", "[3, 0]", "float32"
    QString storage, byte;            // its index in the storage; "0x2C0", or why there is none
    QString value, bits;              // in full precision, C locale; sign, exponent and mantissa apart. Empty until read
    QString trouble;                  // why it cannot be read
    QString side;                     // "B", "A−B": whose value and dtype they are; empty: the document's own
};
// All of it but value and bits, at once; none outside the layout.
std::optional<ElementFacts> factsOf(const FlatLayout&, FlatIndex);
QString valueText(const ElementFacts&); // "= 0.5", "B = 0.5", or why there is none; empty until it is read

// Numbers that are read in place of the document's, at the same places.
struct ElementSide {
    QString title;                            // "B", "A−B"
    std::shared_ptr<const FlatLayout> layout; // the same segments at the same offsets
    EditedVector vector;
    std::vector<FlatRange> absent;            // where there are none, ascending
};

// Reads the element under the pointer, on a thread of its own: the newest wish counts. GUI thread only.
class ElementReader : public QObject {
    Q_OBJECT
public:
    explicit ElementReader(QObject* parent = nullptr);
    void setSource(std::shared_ptr<const FlatLayout>, EditedVector); // forgets what was read
    void setSide(std::optional<ElementSide>); // none: the document's own again
    void clear();                             // the side, too
    void want(std::optional<FlatIndex>);
    // What is known of the element that was wanted last.
    const std::optional<ElementFacts>& facts() const { return m_facts; }

Q_SIGNALS:
    void changed(); // facts()

private:
    std::optional<ElementFacts> factsOfWanted() const;
    void again();
    void start();
    std::shared_ptr<const FlatLayout> m_layout;
    std::optional<EditedVector> m_edited;
    std::optional<ElementSide> m_side;
    std::optional<FlatIndex> m_wanted;
    std::optional<ElementFacts> m_facts;
    bool m_running = false;
    Tasks m_tasks; // last: waits for what runs
};

} // namespace ravel
