// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/lesson.h"
#include "items/torchchain.h"
#include "layout/walk.h"

#include "base/job.h"

namespace ravel {

// From an index to its place: what is the sum of coordinate times stride?
class IndexTask final : public LessonTask {
    Q_OBJECT
public:
    using LessonTask::LessonTask;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    void renew() override;
    void reveal() override;
    void another() override;
    bool asksNow() const override { return m_state == Guess::None || m_state == Guess::Wrong; }
    // Of the place in the tensor's run; its place in the whole flat vector is right, too.
    void guess(const QString&);
    Guess state() const { return m_state; }
    QString answer() const;              // to the last guess
    std::vector<WalkTerm> terms() const;

private:
    Guess m_state = Guess::None;
    QString m_answer;
};

// flatten(start_dim, end_dim): what shape comes of it?
class FlattenTask final : public LessonTask {
    Q_OBJECT
public:
    using LessonTask::LessonTask;
    ~FlattenTask() override;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    void restart() override;
    void enter() override;
    void reveal() override;
    void another() override;
    void setDims(int start, int end);    // as the sliders stand; the start may be behind the end, which torch refuses
    int start() const { return m_start; }
    int end() const { return m_end; }
    void guess(const QString& shape);
    Guess state() const { return m_state; }
    QString answer() const { return m_answer; }
    bool possible() const { return m_start <= m_end; }
    std::vector<std::int64_t> after() const;   // possible() alone
    std::vector<std::int64_t> indexAfter() const;
    QString torch() const { return m_torch; }  // what LibTorch says of it; empty until it has

private:
    void ask();
    int m_start = 0, m_end = 0;
    Guess m_state = Guess::None;
    QString m_answer, m_torch;
    std::optional<Job> m_asking;
};

// What a template says of a tensor: all that the walk backwards needs.
struct TemplateLine {
    QString name;
    FlatIndex offset;
    std::vector<std::int64_t> shape;
    bool own = false; // of the subject
};

// The same walk backwards: which index stands at a place?
class UnflattenTask final : public LessonTask {
    Q_OBJECT
public:
    using LessonTask::LessonTask;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    void renew() override;
    void reveal() override;
    void another() override;
    bool asksNow() const override { return m_state == Guess::None || m_state == Guess::Wrong; }
    void guess(const QString& index);
    Guess state() const { return m_state; }
    QString answer() const { return m_answer; }
    std::vector<WalkDivision> divisions() const;
    std::vector<TemplateLine> lines() const; // of the subject and of its neighbours in the vector; none where it has no place there

private:
    Guess m_state = Guess::None;
    QString m_answer;
};

// LibTorch's answer as a line: its own words where it refused; else shape, stride and whether anything was copied.
QString torchLine(const ViewAnswer&);

} // namespace ravel
