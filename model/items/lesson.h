// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

#include "items/lessonsubject.h"

#include <array>
#include <optional>
#include <vector>

namespace ravel {

class Lesson;
class Session;

// The steps, in the order in which they are taught.
enum class LessonStep { Index, Flatten, Contiguity, Batch, Unflatten, Templates };
inline constexpr std::array allLessonSteps { LessonStep::Index, LessonStep::Flatten, LessonStep::Contiguity, LessonStep::Batch, LessonStep::Unflatten, LessonStep::Templates };

// What has become of a question. Open ones hide their answer; a wrong guess leaves them open.
enum class Guess { None, Wrong, Right, Shown };

// One step: what it asks, and whether it is done. It is done when its questions have been answered rightly, before the answer was shown.
class LessonTask : public QObject {
    Q_OBJECT
public:
    explicit LessonTask(Lesson&);
    virtual QString title() const = 0;
    virtual QString words() const = 0;         // what is to be seen and done; plain text
    virtual LessonScene scene() const;         // of the subject, lit where nothing is asked
    virtual void restart() { renew(); }        // another tensor, or other numbers in it: all its questions are open again
    virtual void renew() {}                    // another element: those about it are
    virtual bool asksNow() const { return false; } // for the element's place or index, and has not been answered
    virtual void enter() {}                    // it comes into view
    virtual void reveal() = 0;                 // every answer of what is asked now
    virtual void another() = 0;                // asks anew, of another element or case

Q_SIGNALS:
    void changed();

protected:
    void complete();
    Lesson& m_lesson;
};

class IndexTask;
class FlattenTask;
class ContiguityTask;
class BatchTask;
class UnflattenTask;
class TemplateTask;

// The lesson on flatten and unflatten, about any tensor of what is open. It follows the window's selection; the element that it speaks of is selected,
// and so lit in every pane, as soon as nothing is asked of it. GUI thread only; what LibTorch and the program's own code answer is asked on the pool.
class Lesson : public QObject {
    Q_OBJECT
public:
    explicit Lesson(Session&, QObject* parent = nullptr);
    ~Lesson() override;

    const std::optional<LessonSubject>& subject() const { return m_subject; }
    QString trouble() const { return m_trouble; } // why there is no subject
    Session& session() const { return m_session; }

    LessonStep step() const { return m_step; }
    void setStep(LessonStep);
    LessonTask& task(LessonStep) const;
    LessonTask& task() const { return task(m_step); }
    IndexTask& index() const { return *m_index; }
    FlattenTask& flatten() const { return *m_flatten; }
    ContiguityTask& contiguity() const { return *m_contiguity; }
    BatchTask& batch() const { return *m_batch; }
    UnflattenTask& unflatten() const { return *m_unflatten; }
    TemplateTask& templates() const { return *m_templates; }

    bool done(LessonStep) const;
    int doneCount() const;
    void startOver();                             // no step is done
    // On: answers stay hidden until they are guessed or asked for. Off: everything is shown at once, and nothing can be completed.
    bool predicts() const { return m_predicts; }
    void setPredicts(bool);

    void setActive(bool);                         // only a lesson that is seen follows the selection
    void pick(const std::vector<std::int64_t>& at);
    void pickAnother();                           // an element near the beginning of each dimension, as one can reckon in one's head
    void light();                                 // selects the element, so that every pane shows it
    void hover(std::optional<std::int64_t> place); // the element at this place of the tensor's run of the flat vector

Q_SIGNALS:
    void subjectChanged();                        // the tensor, or the element
    void numbersChanged();                        // edited: those of the subject may be others
    void stepChanged();
    void doneChanged();
    void predictsChanged();

private:
    friend class LessonTask;
    void follow();
    void adopt(std::optional<LessonSubject>);
    void complete(LessonTask&);
    bool asksForElement() const;

    Session& m_session;
    std::optional<LessonSubject> m_subject;
    QString m_trouble;
    LessonStep m_step = LessonStep::Index;
    QStringList m_done;
    bool m_predicts = true, m_active = false, m_lighting = false;
    bool m_unlit = false; // an element was picked, and is not selected while it is asked for
    IndexTask* m_index;
    FlattenTask* m_flatten;
    ContiguityTask* m_contiguity;
    BatchTask* m_batch;
    UnflattenTask* m_unflatten;
    TemplateTask* m_templates;
};

} // namespace ravel
