// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "document/document.h"
#include "items/selectionmodel.h"

#include <functional>
#include <memory>

class QUndoStack;

namespace ravel {

// The window's document and everything that runs for it in the background. GUI thread only; work goes to the pool with snapshots and
// comes back as signals; a result carries the revision that it was computed for and is dropped when that is stale.
class Session : public QObject {
    Q_OBJECT
public:
    explicit Session(QObject* parent = nullptr);
    ~Session() override;

    Document* document() const { return m_document.get(); } // null while nothing is open
    SelectionModel* selection() const { return m_selection; }
    QUndoStack* undoStack() const { return m_undoStack; }   // its commands only append to the recipe and take away from it
    bool busy() const;

    void open(const QString& path, const LayoutSpec& = {}); // opened() or failed(); the old document stays until then
    void setLayout(const LayoutSpec&);
    void apply(const Step&);       // prepares it on the pool, then pushes it on the undo stack; failed() where refused
    void save(const QString& target, const SaveOptions&);
    void cancel();                 // whatever runs

Q_SIGNALS:
    void opened();
    void layoutChanged();          // and after opened()
    void editsChanged();           // recipe changed: values have to be read again
    void statisticsChanged();      // the pyramid knows more; at most 10 a second
    void saved(const QString& path, const ravel::Receipt&);
    void failed(const QString& sentence);
    void progressed(const QString& what, int percent); // percent -1: not known
    void idle();

private:
    std::unique_ptr<Document> m_document;
    SelectionModel* m_selection;
    QUndoStack* m_undoStack;
};

} // namespace ravel
