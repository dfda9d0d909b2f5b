import io.talospve.*
import io.talospve.apply.*
import io.talospve.event.*
import io.talospve.plan.*
import io.talospve.spec.*
import io.talospve.store.*
import io.talospve.testkit.*
import io.talospve.testkit.junit.DatacenterConnection
